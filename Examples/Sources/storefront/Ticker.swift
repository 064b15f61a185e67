import Foundation
import Synchronization

/// Progress: one line that is written over in a terminal, a line each time elsewhere.
final class Ticker: Sendable {
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private let isShowing = Mutex(false)

    func show(_ line: String) {
        guard isTerminal else { return Output.line(line) }
        isShowing.withLock { $0 = true }
        print("\r\u{1B}[K\(line)", terminator: "")
        Output.flush()
    }

    /// What follows begins on a line of its own.
    func end() {
        if isShowing.withLock({ $0 }) { Output.line("") }
    }
}
