import OTP

/// Somebody to be hit, and how to find out whether they serve.
struct Target: Sendable {
    let pid: PID?
    let isWorker: Bool
    var breakDown: (@Sendable () -> Void)?
    var cut: (@Sendable () -> Void)?
    var stall: (@Sendable () -> Void)?
    let hang: (@Sendable () -> Void)?
    private let check: @Sendable () async throws -> PID?

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
            return address.pid
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
            return ref.pid
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
        self.check = { try await check() ? try await find() : nil }
    }

    init<A, R>(starting supervisor: DynamicSupervisor<A, R>) {
        pid = supervisor.ref?.pid
        isWorker = false
        breakDown = nil
        hang = nil
        check = {
            _ = try await supervisor.childCounts()
            return supervisor.ref?.pid
        }
    }

    /// The process that answers now, if one does.
    func serving() async -> PID? { (try? await check()) ?? nil }
}
