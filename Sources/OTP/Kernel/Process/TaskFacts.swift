/// What is known of a task beside what every process has.
struct TaskFacts: Sendable {
    /// Nil: whoever the process comes from.
    let callers: CallerChain?
    let fileID: StaticString
    /// Whether it takes the items of a stream for whoever runs the loop: its parent, if that is a process.
    var isFeeder = false
    let line: UInt

    /// What it runs, by the place where that was written. Elixir: the task's initial call.
    var kind: String { "task at \(fileID):\(line)" }
}

/// On whose behalf a task works: who started it, on whose behalf that one worked, and so on. Elixir: `$callers`.
/// As many are known as of an ``Origin``.
final class CallerChain: Sendable {
    private let pid: PID
    private let rest: CallerChain?
    private let count: UInt8

    init(pid: PID, rest: CallerChain?) {
        let known = rest.flatMap { $0.count < Origin.most ? $0 : $0.nearest(Origin.most / 2) }
        self.pid = pid
        self.rest = known
        count = 1 + (known?.count ?? 0)
    }

    private func nearest(_ count: Int) -> CallerChain? {
        pids.prefix(count).reversed().reduce(nil) { CallerChain(pid: $1, rest: $0) }
    }

    var pids: [PID] { sequence(first: self, next: \.rest).map(\.pid) }
}
