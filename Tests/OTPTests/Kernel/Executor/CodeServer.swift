@testable import OTP

/// The scheduler's worker; other tests have a `Worker` of their own.
typealias KernelWorker = OTP.Worker

/// Runs in its handler whatever code a call brings along.
struct CodeServer: GenServer {
    typealias Code = nonisolated(nonsending) @Sendable (Me) async throws -> Int

    enum Call: Sendable { case run(Code, Reply<Int>) }

    mutating func handleCall(_ call: Call, _ me: Me) async throws -> Next {
        switch call {
        case .run(let code, let reply): return reply(try await code(me))
        }
    }
}

/// The same for code that does not suspend, run on the caller's thread where possible.
struct PlainCodeServer: SynchronousGenServer {
    typealias Code = @Sendable (Me) throws -> Int

    enum Call: Sendable { case run(Code, Reply<Int>) }

    mutating func handleCall(_ call: Call, _ me: Me) throws -> Next {
        switch call {
        case .run(let code, let reply): return reply(try code(me))
        }
    }
}

extension ServerRef<CodeServer> {
    @discardableResult nonisolated(nonsending) func run(
        timeout: Duration = .seconds(60), _ code: @escaping CodeServer.Code
    ) async throws -> Int {
        try await call(timeout: timeout) { .run(code, $0) }
    }
}

extension ServerRef<PlainCodeServer> {
    @discardableResult nonisolated(nonsending) func run(_ code: @escaping PlainCodeServer.Code) async throws -> Int {
        try await call(timeout: .seconds(60)) { .run(code, $0) }
    }
}

/// Something that happens once and can be awaited by any number of tasks.
actor Event {
    private var hasHappened = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    func happen() {
        hasHappened = true
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    func wait() async {
        if hasHappened { return }
        await withCheckedContinuation { waiters.append($0) }
    }
}

/// Counts on the main actor, and can be asked to call back into a server.
@MainActor enum OnTheMainActor {
    static func add(_ a: Int, _ b: Int) -> Int { a + b }

    static func error(of server: ServerRef<CodeServer>) async -> CallError.Code? {
        do {
            try await server.run { _ in 0 }
            return nil
        } catch { return (error as? CallError)?.code }
    }
}

actor Sum {
    private(set) var value = 0
    func add(_ n: Int) -> Int {
        value += n
        return value
    }
}
