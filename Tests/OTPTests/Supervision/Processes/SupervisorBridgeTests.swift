import OTPTestKit
import Testing

@testable import OTP

@Suite struct SupervisorBridgeTests {
    /// A process that follows no behaviour and does nothing.
    static func stranger(_ scene: Scene) -> PID {
        scene.me.node.spawn(receiving: Note.self) { me in _ = try await me.receive() }.pid
    }

    @Test("SU-130 what a bridge's start throws fails it, or is ignored")
    func starting() {
        play { scene in
            for (thrown, isIgnored) in [(StartSignal.ignore as any Error, true), (Worker.Failure(), false)] {
                do {
                    try await SupervisorBridge.start { try await SupervisorBridge($0) { throw thrown } }
                    throw Unmet(description: "started")
                } catch let error as StartError {
                    switch error.code {
                    case .ignored: try check(isIgnored)
                    case .failed(.error(is Worker.Failure)): try check(!isIgnored)
                    default: throw error
                    }
                }
            }
        }
    }

    @Test("SU-131 SU-132 when its process ends, a bridge terminates and ends with the same reason")
    func ends() {
        play { scene in
            for (signal, reason) in [
                (ExitSignal.kill, ExitReason.killed), (.reason(.error(Worker.Failure())), .error(Worker.Failure())),
            ] {
                let journal = Journal()
                let stranger = Self.stranger(scene)
                let bridge = try await SupervisorBridge.startLink(scene.me) {
                    try await SupervisorBridge($0) {
                        stranger
                    } terminate: {
                        journal.note("\($0)")
                    }
                }
                scene.me.sendExit(signal, to: stranger)
                try check(try await scene.exit(of: bridge.pid), is: reason)
                try check(journal.take(), is: ["\(reason)"])
            }
        }
    }

    @Test("SU-134 SU-135 a bridge has one name, and is back under it after a kill")
    func named() {
        play { scene in
            let name = ServerName<SupervisorBridge>.global("bridge")
            let supervisor = try await scene.start(
                Supervisor(.oneForOne) {
                    SupervisorBridge.child(name: name) { me in
                        try await SupervisorBridge(me) {
                            me.spawnLink { me in try await me.sleep(for: .seconds(60)) }.pid
                        }
                    }
                })
            let first = try need(name.pid)
            do {
                try await SupervisorBridge.start(name: name) { try await SupervisorBridge($0) { first } }
                throw Unmet(description: "started")
            } catch let error as StartError {
                guard case .alreadyStarted(first) = error.code else { throw error }
            }
            try await scene.end(first, .kill)
            _ = try await supervisor.childCounts()
            try check(name.pid != nil && name.pid != first)
        }
    }

    @Test("SU-136 a bridge reports the start of its process, if that is wanted, and its end: who, whose, why")
    func report() {
        play { scene in
            let reports = LockedBox<[SupervisorReport]>([])
            scene.me.node.onReport { report in
                if case .other(let other as SupervisorReport) = report { reports.withLock { $0.append(other) } }
            }
            let stranger = Self.stranger(scene)
            let bridge = try await SupervisorBridge.startLink(scene.me) {
                try await SupervisorBridge($0) { stranger }
            }
            scene.me.sendExit(.kill, to: stranger)
            _ = try await scene.exit(of: bridge.pid)
            let report = try need(reports.get().first)
            try check(report.pid, is: bridge.pid)
            try check(report.childPID, is: stranger)
            guard case .childTerminated(.killed) = report.event else { throw Unmet(description: "\(report)") }
            try check(reports.get().count, is: 1)

            reports.set([])
            scene.me.node.reportsProgress = true
            let other = Self.stranger(scene)
            let second = try await SupervisorBridge.startLink(scene.me) { try await SupervisorBridge($0) { other } }
            try check(
                reports.get().map { $0.formatted(ReportFormat(isSingleLine: true)) },
                is: [
                    "supervisor: bridge \(second.pid); started: id: \(other), pid: \(other), restart: temporary, "
                        + "shutdown: infinity, kind: worker"
                ])
            try await second.stop()
        }
    }

    @Test func `a bridge whose process is dead before it is linked terminates and ends`() {
        play { scene in
            let journal = Journal()
            let dead = scene.me.node.spawn { (me: PlainProcess<Never>) in }
            _ = try await scene.down(scene.watch(dead.pid))
            let bridge = try await SupervisorBridge.startLink(scene.me) {
                try await SupervisorBridge($0) {
                    dead.pid
                } terminate: {
                    journal.note("\($0)")
                }
            }
            try check(try await scene.exit(of: bridge.pid), is: .noProcess)
            try check(journal.take(), is: ["\(ExitReason.noProcess)"])
        }
    }
}
