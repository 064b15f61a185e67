public import OTP

/// Links: a foreman begins each job in a process tied to his own, and traps exits, so that he is told how it ended instead
/// of ending with it. If he ends, his workers end with him. (Who wants no more than a restart takes a supervisor.)
public struct Foreman: GenServer {
    public struct Report: Sendable, Equatable {
        public var done = 0
        public var failed: [String] = []

        public init(done: Int = 0, failed: [String] = []) {
            self.done = done
            self.failed = failed
        }
    }
    public enum Call: Sendable { case report(Reply<Report>) }
    public enum Cast: Sendable { case begin(String) }
    public enum Info: Sendable { case ended(ExitMessage) }

    private let work: @Sendable (String) async throws -> Void
    private var jobs: [PID: String] = [:]
    private var report = Report()

    public init(_ me: Me, work: @escaping @Sendable (String) async throws -> Void) {
        self.work = work
        me.trapExits { .ended($0) }
    }

    public mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .begin(let job):
            let worker = me.spawnLink { [work] _ in try await work(job) }
            jobs[worker.pid] = job
        }
        return .receive
    }

    public func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .report(let reply): reply(report)
        }
    }

    public mutating func handleInfo(_ info: Info, _ me: Me) -> Next {
        switch info {
        case .ended(let exit):
            guard let job = jobs.removeValue(forKey: exit.pid) else { return .receive }
            if exit.reason.isExpected { report.done += 1 } else { report.failed.append(job) }
            return .receive
        }
    }
}
