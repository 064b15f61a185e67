public import OTP

/// The three strategies over database → cache → api, where each needs the ones before it.
public func dependents(_ strategy: Supervisor.Strategy) -> Supervisor {
    Supervisor(strategy, restarts: .atMost(5, in: .seconds(5))) {
        for name in ["database", "cache server", "api"] {
            Worker.child(ChildID(name), name: .worker(name)) { Worker(name: name) }
        }
    }
}
