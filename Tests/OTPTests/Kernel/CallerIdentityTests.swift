import OTPTestKit
import Testing

@testable import OTP

/// Monitors its callers and tells somebody of their ends; answers only when told to.
private struct Doorkeeper: GenServer {
    enum Call: Sendable { case knock(Reply<Int>) }
    enum Cast: Sendable { case open }
    enum Info: Sendable { case gone(DownMessage) }
    let owner: ProcessRef<Letter>
    private var waiting: [Reply<Int>] = []

    init(_ owner: ProcessRef<Letter>) { self.owner = owner }

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        guard case .knock(let reply) = call else { return .receive }
        waiting.append(reply)
        if let caller = reply.caller {
            me.monitor(caller) { .gone($0) }
            owner.send(.text("knocked"))
        }
        return .receive
    }
    mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        for reply in waiting { reply(1) }
        waiting = []
        return .receive
    }
    mutating func handleInfo(_ info: Info, _ me: Me) -> Next {
        if case .gone(let down) = info { owner.send(.down(down)) }
        return .receive
    }
}

/// Keeps the replies to what it is asked.
private struct Desk: GenServer {
    enum Call: Sendable { case ask(Reply<Int>) }
    let owner: ProcessRef<Letter>
    let replies: LockedBox<[Reply<Int>]>

    init(_ owner: ProcessRef<Letter>, _ replies: LockedBox<[Reply<Int>]>) {
        (self.owner, self.replies) = (owner, replies)
    }

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        if case .ask(let reply) = call { replies.withLock { $0.append(reply) } }
        owner.send(.text("asked"))
        return .receive
    }
}

@Suite struct CallerIdentityTests {
    /// Lets an ordinary task call, and does `then` once it waits. What the server was told of its caller.
    private func end(
        timeout: Duration = .seconds(50),
        then: @escaping @Sendable (PlainProcess<Letter>, ServerRef<Doorkeeper>, Task<Void, Never>) async throws -> Void
    ) throws -> (ExitReason, Bool) {
        let virtual = VirtualNode()
        return try virtual.run(receiving: Letter.self) { me in
            let ref = me.ref
            let server = try await Doorkeeper.start { Doorkeeper(ref) }
            let task = me.node.startTask {
                _ = try? await server.call(timeout: timeout) { .knock($0) }
            }
            _ = try await me.nextText()
            let isQuiet = try await me.hasNothing()
            try await then(me, server, task)
            return (try await me.nextDown().reason, isQuiet)
        }
    }

    @Test func theEndOfACallIsTheEndOfItsCaller() throws {
        let answered = try end { _, server, _ in server.cast(.open) }
        #expect(answered.0.isNormal)
        #expect(answered.1)
        let late = try end(timeout: .seconds(1)) { me, _, _ in try await me.sleep(for: .seconds(2)) }
        #expect(late.0.isSame(as: .shutdown(detail: "the call was given up")))
        let cancelled = try end { _, _, task in task.cancel() }
        #expect(cancelled.0.isSame(as: .shutdown(detail: "the call was given up")))
    }

    @Test func `a watched caller is among the monitors until it has been told or the monitor is ended`() throws {
        let lines = try staged { me in
            let (ref, replies) = (me.ref, LockedBox<[Reply<Int>]>([]))
            let desk = try await Desk.start { Desk(ref, replies) }
            _ = me.node.startTask { _ = try? await desk.call(timeout: .seconds(50)) { .ask($0) } }
            _ = try await me.nextText()
            let reply = replies.get()[0]
            let caller = reply.caller!
            var lines: [String] = []
            func note(_ what: String) {
                let kept = me.cell.guarding.withLock { me.cell.relations?.rare?.callers.count ?? 0 }
                lines.append("\(what): \(me.snapshot()!.monitors == [caller]) \(kept)")
            }
            let monitor = me.monitor(caller) { .down($0) }
            note("watched")
            lines.append("\(me.demonitor(monitor)) \(me.demonitor(monitor))")
            note("ended")
            me.monitor(caller) { .down($0) }
            note("watched")
            reply(1)
            lines.append("\(try await me.nextDown().reason)")
            note("told")
            lines.append("\(try await me.hasNothing())")
            return lines
        }
        #expect(
            lines == [
                "watched: true 1", "true false", "ended: false 0", "watched: true 1", "normal", "told: false 0", "true",
            ])
    }

    @Test func aCallerThatIsAProcessIsMonitoredAsSuch() throws {
        let reason = try staged { me in
            let ref = me.ref
            let server = try await Doorkeeper.start { Doorkeeper(ref) }
            let caller = spawn { _ in _ = try await server.call(timeout: .seconds(50)) { .knock($0) } }
            _ = try await me.nextText()
            caller.sendExit(.kill)
            let down = try await me.nextDown()
            return (down.reason, down.pid == caller.pid)
        }
        #expect(reason.0.wasKilled)
        #expect(reason.1)
    }
}
