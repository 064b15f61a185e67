import OTP

/// Runs `body` in a process of its own and hands out what it returns or throws.
func inProcess<T: Sendable>(_ body: @escaping @Sendable (PlainProcess<Never>) async throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        spawn { me in
            do {
                continuation.resume(returning: try await body(me))
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}

/// Runs `body` in `count` processes at once and waits for all of them.
func together(_ count: Int, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<count {
            group.addTask { try await inProcess { _ in try await body(index) } }
        }
        try await group.waitForAll()
    }
}
