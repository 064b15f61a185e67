public import OTP

/// The supervisor of an application: supervisors for storage, interface and workers, each with its own strategy, so that
/// trouble below one of them stays there.
public func applicationTree(workers: Int = 4) -> Supervisor {
    Supervisor("application", .oneForOne) {
        Supervisor("database tree", .restForOne) {
            Worker.child("primary", name: .worker("primary")) { Worker(name: "primary") }
            Worker.child("replica", name: .worker("replica")) { Worker(name: "replica") }
        }
        Supervisor("api tree", .oneForOne) {
            Worker.child("http", name: .worker("http")) { Worker(name: "http") }
        }
        Supervisor("worker tree", .oneForOne) {
            for number in 1...workers {
                Worker.child("worker \(number)", name: .worker("\(number)")) { Worker(name: "worker \(number)") }
            }
        }
    }
}
