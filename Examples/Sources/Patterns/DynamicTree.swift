public import OTP

/// Workers that are started and ended while the program runs; one that ends is not started again.
public func dynamicWorkers() -> DynamicSupervisor<String, ServerRef<Worker>> {
    DynamicSupervisor("dynamic workers", restarts: .atMost(5, in: .seconds(60)), name: { .worker($0) }) { name, _ in
        Worker(name: name)
    }
}
