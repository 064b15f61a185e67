import OTP

/// Somebody to be hit, and how to find out whether they serve.
struct Target: Sendable {
    let pid: PID?
    let isWorker: Bool
    /// What is there, if it is less than a process.
    var life: String?
    var breakDown: (@Sendable () -> Void)?
    var cut: (@Sendable () -> Void)?
    var stall: (@Sendable () -> Void)?
    var breakHandler: (@Sendable () -> Void)?
    var fill: (@Sendable () -> Void)?
    let hang: (@Sendable () -> Void)?
    private let check: @Sendable () async throws -> String?

    init<A: ServerAddress>(
        _ address: A, breakDown: A.Server.Cast? = nil, hang: A.Server.Cast? = nil,
        check: @escaping @Sendable (A) async throws -> Void = { _ in }
    ) {
        pid = address.pid
        isWorker = true
        self.breakDown = breakDown.map { message in { @Sendable in address.cast(message) } }
        self.hang = hang.map { message in { @Sendable in address.cast(message) } }
        self.check = {
            try await check(address)
            return address.pid?.description
        }
    }

    init(supervisor name: SupervisorName, check: @escaping @Sendable () -> Bool) {
        pid = name.ref?.pid
        isWorker = false
        breakDown = nil
        hang = nil
        self.check = {
            guard check(), let ref = name.ref else { return nil }
            _ = try await ref.childCounts()
            return ref.pid.description
        }
    }

    /// A child that has no name of its own.
    init(
        child id: ChildID, of supervisor: SupervisorName, isWorker: Bool = true,
        check: @escaping @Sendable () async throws -> Bool = { true }
    ) async {
        let find = { @Sendable in try await supervisor.pid(of: id) }
        pid = (try? await find()) ?? nil
        self.isWorker = isWorker
        breakDown = nil
        hang = nil
        self.check = { try await check() ? try await find()?.description : nil }
    }

    init<A, R>(starting supervisor: DynamicSupervisor<A, R>) {
        pid = supervisor.ref?.pid
        isWorker = false
        breakDown = nil
        hang = nil
        check = {
            _ = try await supervisor.childCounts()
            return supervisor.ref?.pid.description
        }
    }

    /// The handler of order events that counts: what is hit is not a process.
    init(metrics manager: EventManager<OrderEvent>) async {
        let find = { @Sendable in
            "metrics \(try await manager.call(HandlerID<OrderMetrics>(), timeout: .seconds(1)) { .life($0) })"
        }
        life = try? await find()
        pid = life == nil ? nil : manager.whereIs()?.pid
        isWorker = true
        hang = nil
        breakDown = nil
        breakHandler = { manager.inform(OrderMetrics.Info.breakAtNextEvent) }
        check = { try await find() }
    }

    /// The process that answers now, if one does.
    func serving() async -> String? { (try? await check()) ?? nil }
}
