import Foundation
import UnixSignals

/// SIGINT and SIGTERM as they come, and, if wished, the end of standard input.
actor StopSignals {
    private var arrived: [String] = []
    private var waiting: [(number: Int, continuation: CheckedContinuation<Void, Never>)] = []

    init(endOfInput: Bool) async {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        Task { for await signal in signals { self.note("\(signal)") } }
        guard endOfInput else { return }
        FileHandle.standardInput.readabilityHandler = { input in
            guard input.availableData.isEmpty else { return }
            input.readabilityHandler = nil
            Task { await self.note("end of input") }
        }
    }

    /// Waits until so many have come; anyone may wait for the same one.
    func wait(for number: Int) async -> String {
        if arrived.count < number { await withCheckedContinuation { waiting.append((number, $0)) } }
        return arrived[number - 1]
    }

    private func note(_ signal: String) {
        arrived.append(signal)
        let due = waiting.filter { $0.number <= arrived.count }
        waiting.removeAll { $0.number <= arrived.count }
        for waiter in due { waiter.continuation.resume() }
    }
}
