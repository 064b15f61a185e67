import OTP
import Synchronization
import Testing

/// Kills processes at the very moment in which their code begins: code of a killed process that still runs is that of
/// a zombie, from the first instruction on. Whoever starts another one in its place relies on that.
@Suite("kills at the beginning", .serialized) struct KillTests {
    private static let rounds = StormOptions.fromEnvironment.litmus * 10

    /// Whose code runs at this moment.
    fileprivate final class Stage: Sendable {
        private let actor = Atomic<UInt64>(0)

        func play(_ number: UInt64) {
            actor.store(number, ordering: .sequentiallyConsistent)
            for _ in 0..<200 { _ = actor.load(ordering: .relaxed) }
            actor.store(0, ordering: .sequentiallyConsistent)
        }

        /// Whether code of this process is seen to run within a short time.
        func sees(_ number: UInt64) -> Bool {
            for _ in 0..<200 where actor.load(ordering: .sequentiallyConsistent) == number { return true }
            return false
        }

        func wait(_ rounds: Int) { for _ in 0..<rounds { _ = actor.load(ordering: .relaxed) } }
    }

    private func node() -> Node {
        let node = Node(name: "kills", workers: 4)
        node.silence()
        return node
    }

    /// Kills the process; false if its code runs on although it is no zombie.
    private func kill(_ pid: PID, on node: Node, _ stage: Stage, after round: Int) -> Bool {
        stage.wait(round % 400 * 3)
        node.sendExit(.kill, to: pid)
        return node.zombiePIDs.contains(pid) || !stage.sees(pid.number)
    }

    @Test("the body of a plain process", .timeLimit(.minutes(5))) func bodies() async {
        let node = node()
        let stage = Stage()
        for round in 0..<Self.rounds {
            let process = node.spawn { me in stage.play(me.pid.number) }
            #expect(kill(process.pid, on: node, stage, after: round))
        }
        await node.shutdown(deadline: .zero)
    }

    @Test("a handler in a slice of its own", .timeLimit(.minutes(5))) func handlers() async throws {
        let node = node()
        let stage = Stage()
        for round in 0..<Self.rounds {
            let server = try await node.with { try await Player.start { Player(stage: stage) } }
            server.cast(.play)
            #expect(kill(server.pid, on: node, stage, after: round))
        }
        await node.shutdown(deadline: .zero)
    }

    @Test("a handler on the thread of its caller", .timeLimit(.minutes(5))) func inlineHandlers() async throws {
        let node = node()
        let stage = Stage()
        for round in 0..<Self.rounds / 2 {
            let server = try await node.with { try await Player.start { Player(stage: stage) } }
            let caller = node.spawn { _ in while (try? await server.call { .play($0) }) != nil {} }
            #expect(kill(server.pid, on: node, stage, after: round))
            _ = await caller.waitForEnd()
        }
        await node.shutdown(deadline: .zero)
    }

    @Test("a machine, and a manager's handler, on the thread of their caller", .timeLimit(.minutes(5)))
    func inlineMachinesAndHandlers() async throws {
        let node = node()
        let stage = Stage()
        for round in 0..<Self.rounds / 4 {
            let machine = try await node.with { try await Scene.start { Scene(stage: stage) } }
            let caller = node.spawn { _ in while (try? await machine.call { .play($0) }) != nil {} }
            #expect(kill(machine.pid, on: node, stage, after: round))
            let manager = try await node.with { try await EventManager<Int>().start() }
            try await manager.addHandler { Spectator(stage: stage, manager: manager.pid) }
            let teller = node.spawn { _ in while (try? await manager.syncNotify(round)) != nil {} }
            #expect(kill(manager.pid, on: node, stage, after: round))
            for process in [caller, teller] { _ = await process.waitForEnd() }
        }
        await node.shutdown(deadline: .zero)
    }
}

private struct Player: SynchronousGenServer {
    enum Call: Sendable { case play(Reply<Void>) }
    enum Cast: Sendable { case play }
    let stage: KillTests.Stage

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        stage.play(me.pid.number)
        switch call {
        case .play(let reply): return reply()
        }
    }

    mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        stage.play(me.pid.number)
        return .receive
    }
}

private struct Scene: SynchronousGenStateMachine {
    enum State: Sendable { case one, other }
    enum Call: Sendable { case play(Reply<Void>) }
    let initialState = State.one
    let stage: KillTests.Stage

    mutating func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition {
        stage.play(me.pid.number)
        guard case .call(.play(let reply)) = event else { return .unexpected }
        return .next(state == .one ? .other : .one, .reply(reply))
    }

    mutating func handleEnter(_ state: State, from old: State, _ me: Me) -> StateEntry {
        stage.play(me.pid.number)
        return .stay
    }
}

private struct Spectator: SynchronousEventHandler {
    let stage: KillTests.Stage
    let manager: PID

    func handleEvent(_ event: Int) -> Next {
        stage.play(manager.number)
        return .keep
    }
}
