import Foundation

/// Runs long computations on a thread of their own: on the pool of Swift's tasks they would hold up the other tests.
func offPool<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let thread = Thread { continuation.resume(with: Result { try body() }) }
        // The search for an order of what happened to a name goes as deep as it is long.
        thread.stackSize = 64 << 20
        thread.start()
    }
}
