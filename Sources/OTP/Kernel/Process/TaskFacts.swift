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
final class CallerChain: Sendable {
    let pid: PID
    private let rest: CallerChain?

    init(pid: PID, rest: CallerChain?) {
        self.pid = pid
        self.rest = rest
    }

    var pids: [PID] {
        var result: [PID] = []
        var next: CallerChain? = self
        while let link = next {
            result.append(link.pid)
            next = link.rest
        }
        return result
    }
}
