public import OTP

/// A worker that always has something to do: each step asks for the next one, and between two steps it can be ended,
/// looked at, or suspended. (What a task with an endless loop should be instead.)
public struct EndlessWorker: GenServer {
    public enum Continuation: Sendable { case work }

    private let step: @Sendable (Int) async throws -> Void
    private var rounds = 0

    public init(step: @escaping @Sendable (Int) async throws -> Void) { self.step = step }

    public func handleStart(_ me: Me) -> Next { .continue(.work) }

    public mutating func handleContinue(_ continuation: Continuation, _ me: Me) async throws -> Next {
        rounds += 1
        try await step(rounds)
        return .continue(.work)
    }
}
