import OTPTestKit
import Testing

@testable import OTP

/// Children that have something to say to whoever asks for their start.
@Suite struct TellingChildTests {
    private final class Token: Sendable {}

    /// Tells how often it has been started.
    private static func telling(_ mode: Switch, _ restart: Restart = .permanent) -> TellingChild<Int> {
        Worker.childTelling("a", restart: restart) { _ in
            try mode.start()
            return (Worker(number: mode.count), mode.count)
        }
    }

    @Test("SU-091 whoever asks for a start hears what the child has to say; a list and a restart tell nobody")
    func onRequest() {
        play { scene in
            let mode = Switch()
            let supervisor = try await scene.start(Supervisor(.oneForOne) { Self.telling(mode) })
            try await scene.end(try await scene.pid("a", supervisor), .kill)
            try check(try await scene.counts(supervisor), is: [1, 1, 0, 1])
            try await supervisor.terminateChild("a")
            let again = try need(try await supervisor.restartChild("a", telling: Int.self))
            try check(again.value, is: 3)
            try check(again.pid, is: try await scene.pid("a", supervisor))
            try await supervisor.terminateChild("a")
            try check(try need(try await supervisor.restartChild("a", telling: String.self)).value == nil)
            try await supervisor.terminateChild("a")
            try check(try await supervisor.restartChild("a") != nil)
            try await supervisor.terminateChild("a")
            try await supervisor.deleteChild("a")
            let new = try need(try await supervisor.startChild(Self.telling(mode)))
            try check(new.value, is: 6)
            try check(try await need(ServerRef<Worker>(new.pid)).call { .number($0) }, is: 6)
            try await supervisor.terminateChild("a")
            mode.next(.ignores, .fails)
            try check(try await supervisor.restartChild("a", telling: Int.self) == nil)
            let code = try await refusal { try await supervisor.restartChild("a", telling: Int.self) }
            guard case .failedToStart(is Worker.Failure) = code else { throw Unmet(description: "\(code)") }
            let silent = try await supervisor.startChild(ChildSpec.worker("silent"))
            try check(silent != nil)
            try await supervisor.terminateChild("silent")
            try check(try need(try await supervisor.restartChild("silent", telling: Int.self)).value == nil)
        }
    }

    @Test("SU-091 what a child says when it is started again by itself is kept for nobody")
    func unasked() {
        play { scene in
            let second = LockedBox<@Sendable () -> Bool>({ false })
            let supervisor = try await scene.start(
                Supervisor(.oneForOne) {
                    Worker.childTelling("a") { _ in
                        let token = Token()
                        second.set { [weak token] in token != nil }
                        return (Worker(), token)
                    }
                    Worker.child("silent") { Worker() }
                })
            try await supervisor.terminateChild("silent")
            try await scene.exit(try await scene.pid("a", supervisor), .error(Worker.Failure()))
            try await scene.settle()
            try check(!second.get()())
            try check(try need(try await supervisor.restartChild("silent", telling: Token.self)).value == nil)
        }
    }

    @Test(
        "SU-091 DS-026 a dynamic supervisor passes it on and keeps nothing of it, also when it starts the child again")
    func dynamic() {
        play { scene in
            let listeners = DynamicSupervisor<ChildSpec, PID>("listeners")
            let supervisor = try await listeners.startLink(scene.me.context)
            weak var kept: Token?
            do {
                let telling = Worker.childTelling { _ in (Worker(number: 7), Token()) }
                let (pid, token) = try need(try await supervisor.startChild(telling))
                kept = token
                try check(try await need(ServerRef<Worker>(pid)).call { .number($0) }, is: 7)
                try await scene.exit(pid, .error(Worker.Failure()))
            }
            try await scene.settle()
            try check(kept == nil)
            try check(try await listeners.childCounts().active, is: 1)
            let spec = Worker.childTelling { _ -> (Worker, Int) in throw StartSignal.ignore }
            try check(try await supervisor.startChild(spec) == nil)
            let number = Worker.childTelling("number") { _ in (Worker(), 7) }
            try check(try await listeners.startChild(number).value, is: 7)
            do {
                try await listeners.startChild(spec)
                throw Unmet(description: "started")
            } catch let error as StartError {
                guard case .ignored = error.code else { throw error }
            }
            let nobody = SupervisorName("nobody")
            do {
                try await nobody.startChild(spec)
                throw Unmet(description: "started")
            } catch let error as CallError {
                guard case .noProcess = error.code else { throw error }
            }
        }
    }
}
