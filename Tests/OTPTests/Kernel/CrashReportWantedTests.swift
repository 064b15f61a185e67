import Logging
import OTPTestKit
import Testing

@testable import OTP

@Suite struct CrashReportWantedTests {
    private func logger(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "test") { _ in Recorder() }
        logger.logLevel = level
        return logger
    }

    private struct Recorder: LogHandler {
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info
        func log(event: LogEvent) {}
        subscript(metadataKey _: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }
    }

    @Test("a crash report is wanted while somebody listens or would print it")
    func wanted() {
        let node = VirtualNode(seed: 1).node
        let reports = node.reports
        node.logger = logger(.error)
        #expect(reports.areCrashesWanted)
        node.logger = logger(.critical)
        #expect(!reports.areCrashesWanted)
        node.onReport { _ in }
        #expect(reports.areCrashesWanted)
        node.onReport { _ in }
        node.onReport(nil)
        #expect(!reports.areCrashesWanted)
        node.onReport(nil)
        // Those within the library are not told of crashes.
        let observation = reports.observe { _ in }
        #expect(!reports.areCrashesWanted)
        reports.remove(observation)
        // Without a logger of the node's own that of whoever reports counts.
        node.logger = nil
        #expect(reports.areCrashesWanted == (Logger.current.logLevel <= .error))
    }

    @Test("who listens is told of a crash that nobody would print, and of its end by a signal")
    func told() throws {
        let virtual = VirtualNode(seed: 1)
        virtual.node.logger = logger(.critical)
        let kinds = LockedBox<[String]>([])
        let pids = try virtual.run(receiving: Letter.self) { me in
            #expect(me.cell.crashReport(.failure("unheard"), lastMessage: nil, state: nil) == nil)
            let unheard = spawn { _ in throw Mishap("unheard") }
            try await me.sleep(for: .seconds(1))
            me.node.onReport { report in
                if case .crash(let crash) = report { kinds.withLock { $0.append("\(crash.pid) \(crash.reason)") } }
            }
            #expect(me.cell.crashReport(.failure("heard"), lastMessage: nil, state: nil) != nil)
            let thrown = spawn { _ in throw Mishap("heard") }
            try await me.sleep(for: .seconds(1))
            let asked = spawn(receiving: Int.self) { me in
                do { _ = try await me.receive() } catch { throw Mishap("something else") }
            }
            try await me.sleep(for: .seconds(1))
            asked.sendExit(.reason(.failure("signal")))
            try await me.sleep(for: .seconds(1))
            return [unheard.pid, thrown.pid, asked.pid]
        }
        #expect(
            kinds.get() == [
                "\(pids[1]) \(ExitReason.failure("heard"))", "\(pids[2]) \(ExitReason.failure("signal"))",
            ])
    }

    @Test(
        "nothing is printed of the state of a server or a machine that crashes while nobody would be told",
        arguments: [false, true])
    func shown(isHeard: Bool) throws {
        let virtual = VirtualNode(seed: 1)
        virtual.node.logger = logger(.critical)
        let shown = LockedBox<[String]>([])
        try virtual.run(receiving: Letter.self) { me in
            if isHeard { me.node.onReport { _ in } }
            try await Shown.start { Shown(shown: shown) }.cast(.crash)
            try await ShownDoor.start { ShownDoor(shown: shown) }.cast(.crash)
            try await me.sleep(for: .seconds(1))
            me.node.onReport(nil)
        }
        #expect(shown.get() == (isHeard ? ["server", "machine"] : []))
    }
}

private struct Shown: GenServer {
    enum Cast: Sendable { case crash }
    let shown: LockedBox<[String]>

    func handleCast(_ cast: Cast, _ me: Me) throws -> Next { throw Mishap("server") }
    func formatStatus(_ status: StatusContext) -> String {
        shown.withLock { $0.append("server") }
        return "server"
    }
}

private struct ShownDoor: GenStateMachine {
    enum State: Sendable { case open }
    enum Cast: Sendable { case crash }
    let shown: LockedBox<[String]>

    let initialState = State.open

    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) throws -> Transition { throw Mishap("machine") }
    func formatStatus(_ status: inout MachineStatus, in state: State) { shown.withLock { $0.append("machine") } }
}
