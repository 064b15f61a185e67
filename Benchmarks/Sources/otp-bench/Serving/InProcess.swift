import OTP

/// Who does the calling: a process, or an ordinary task outside any process.
enum Caller {
    case process, task

    func run<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
        switch self {
        case .process: try await inProcess { _ in try await body() }
        case .task: try await Task.detached { try await body() }.value
        }
    }
}

/// Runs `body` in a process of its own and hands out what it returns or throws.
func inProcess<T: Sendable>(_ body: @escaping @Sendable (PlainProcess<Never>) async throws -> T) async throws -> T {
    try await inPlainProcess(receiving: Never.self, body)
}

/// The same in a process with messages.
func inPlainProcess<Message: Sendable, T: Sendable>(
    receiving: Message.Type, _ body: @escaping @Sendable (PlainProcess<Message>) async throws -> T
) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        spawn(receiving: Message.self) { me in
            do {
                continuation.resume(returning: try await body(me))
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}

/// Times `body`, in a process of its own.
func inTimedProcess(_ operations: Int, _ body: @escaping @Sendable () async throws -> Void) async throws -> Timing {
    let time = try await inProcess { _ in
        let start = ContinuousClock.now
        try await body()
        return ContinuousClock.now - start
    }
    return Timing(operations, time)
}

/// Runs `body` in `count` processes, or tasks, at once and waits for all of them.
func together(_ count: Int, _ caller: Caller, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<count {
            group.addTask { try await caller.run { try await body(index) } }
        }
        try await group.waitForAll()
    }
}
