@testable import OTP

/// A child whose life the test directs.
struct Worker: GenServer {
    enum Call: Sendable { case number(Reply<Int>), increment(Reply<Int>) }
    enum Cast: Sendable { case exit(ExitReason), unlink(PID) }
    struct Failure: Error {}

    var number = 0
    var name = ""
    var journal: Journal?
    /// Lets `terminate` finish.
    var gate: Gate?
    var onTerminate: (@Sendable () async -> Void)?

    init(number: Int = 0) { self.number = number }

    /// Notes its start and its end.
    init(_ name: String, _ journal: Journal) {
        self.name = name
        self.journal = journal
        journal.note("+\(name)")
    }

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .number(let reply): return reply(number)
        case .increment(let reply):
            number += 1
            return reply(number)
        }
    }

    mutating func handleCast(_ cast: Cast, _ me: Me) throws -> Next {
        switch cast {
        case .exit(let reason): throw Exit(reason)
        case .unlink(let pid):
            me.unlink(from: pid)
            return .receive
        }
    }

    mutating func terminate(reason: ExitReason, _ me: Me) async {
        await gate?.pass()
        await onTerminate?()
        journal?.note("-\(name)")
    }
}

extension ChildSpec {
    /// A worker that does nothing of its own accord.
    static func worker(
        _ id: ChildID, _ restart: Restart = .permanent, shutdown: Shutdown = .within(.seconds(5)),
        isSignificant: Bool = false
    ) -> ChildSpec {
        Worker.child(id, restart: restart, shutdown: shutdown, isSignificant: isSignificant) { Worker() }
    }

    /// A worker that notes its starts and ends.
    static func noting(_ id: String, _ journal: Journal, _ restart: Restart = .permanent) -> ChildSpec {
        Worker.child(ChildID(id), restart: restart) { Worker(id, journal) }
    }

    /// A worker that starts as `mode` says.
    static func moody(_ id: ChildID, _ mode: Switch, _ restart: Restart = .permanent) -> ChildSpec {
        Worker.child(id, restart: restart) {
            try mode.start()
            return Worker()
        }
    }

    /// A child that does not end when it is asked to, only when it is killed.
    static func stubborn(
        _ id: ChildID, _ restart: Restart = .permanent, shutdown: Shutdown = .within(.seconds(2))
    ) -> ChildSpec {
        Worker.child(id, restart: restart, shutdown: shutdown, options: ServerOptions(terminateLimit: nil)) {
            var worker = Worker()
            worker.gate = Gate()
            return worker
        }
    }
}
