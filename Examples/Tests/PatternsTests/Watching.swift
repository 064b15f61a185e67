import OTP

/// Tells with which reason a process ends.
struct Watcher: GenServer {
    enum Info: Sendable { case down(DownMessage) }
    let told: AsyncStream<String>.Continuation

    init(_ pid: PID, told: AsyncStream<String>.Continuation, _ me: Me) {
        self.told = told
        me.monitor(pid) { .down($0) }
    }

    func handleInfo(_ info: Info, _ me: Me) -> Next {
        switch info {
        case .down(let down): told.yield("\(down.reason)")
        }
        return .stop
    }
}

/// Waits for the end of `pid` and gives its reason, printed.
func end(of pid: PID) async -> String {
    let (reasons, reason) = AsyncStream.makeStream(of: String.self)
    _ = try? await Watcher.start { Watcher(pid, told: reason, $0) }
    return await reasons.first { _ in true } ?? ""
}

/// Waits until another process than `old` has the name.
func successor<S>(of old: PID?, at name: ServerName<S>) async -> PID {
    while true {
        if let pid = name.pid, pid != old { return pid }
        await Task.yield()
    }
}
