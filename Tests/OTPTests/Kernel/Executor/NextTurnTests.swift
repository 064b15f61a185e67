import Synchronization
import Testing

@testable import OTP

/// One worker runs what several processes of equal and of different types have to do, one after the other.
@Suite(.timeLimit(.minutes(2))) struct NextTurnTests {
    private typealias Lines = LockedBox<[String]>

    /// What each kind of process is asked to do.
    private enum Wish: Sendable {
        case note(String)
        /// Asks another one, and so suspends.
        case ask(ServerRef<Even>, String)
        case stop
        case crash
        /// Until it is killed.
        case spin
    }

    private struct Even: GenServer {
        enum Call: Sendable { case name(Reply<PID>) }
        typealias Cast = Wish
        let lines: Lines

        func handleCall(_ call: Call, _ me: Me) -> Next {
            switch call {
            case .name(let reply): reply(me.pid)
            }
        }

        func handleCast(_ wish: Wish, _ me: Me) async throws -> Next {
            try await fulfil(wish, lines, me.pid) ? .stop : .receive
        }
    }

    private struct Odd: GenServer {
        typealias Cast = Wish
        let lines: Lines

        func handleCast(_ wish: Wish, _ me: Me) async throws -> Next {
            try await fulfil(wish, lines, me.pid) ? .stop : .receive
        }
    }

    private enum Light: Sendable { case red, green }

    private struct Lamp: GenStateMachine {
        typealias State = Light
        typealias Cast = Wish
        let lines: Lines
        var initialState: Light { .red }

        func handleEvent(_ event: StateEvent, in state: Light, _ me: Me) async throws -> Transition {
            guard case .cast(let wish) = event else { return .unexpected }
            return try await fulfil(wish, lines, me.pid) ? .stop : .next(state == .red ? .green : .red)
        }
    }

    private struct Mishap: Error {}

    /// True: the process is to end.
    private static func fulfil(_ wish: Wish, _ lines: Lines, _ pid: PID) async throws -> Bool {
        // Who the runtime takes the running code for has to be who it is.
        #expect(CurrentProcess.cell?.pid == pid)
        switch wish {
        case .note(let text): lines.withLock { $0.append(text) }
        case .ask(let other, let text):
            let answer = try await other.call { .name($0) }
            #expect(answer == other.pid && CurrentProcess.cell?.pid == pid)
            lines.withLock { $0.append(text) }
        case .stop: return true
        case .crash: throw Mishap()
        case .spin: while !Task.isCancelled {}
        }
        return false
    }

    /// Runs `body` in a process of a node with one worker: what it casts is handled when it waits, in the order in which it
    /// was cast, apart from the last.
    private func played(
        _ body: @escaping @Sendable (PlainProcess<Void>, Lines) async throws -> Void
    ) async throws -> [String] {
        let node = Node(name: "one worker", workers: 1)
        node.heldWorkerSubstitution = .zero
        let lines = Lines([])
        let done = Event()
        node.spawn(receiving: Void.self) { me in
            do {
                try await body(me, lines)
            } catch {
                Issue.record(error)
            }
            await done.happen()
        }
        await done.wait()
        await node.shutdown()
        return lines.get()
    }

    @Test func `each has its turn, whether its type is that of the one before or another`() async throws {
        let lines = try await played { me, lines in
            let evens = [try await Even.start { Even(lines: lines) }, try await Even.start { Even(lines: lines) }]
            let odds = [try await Odd.start { Odd(lines: lines) }, try await Odd.start { Odd(lines: lines) }]
            let lamps = [try await Lamp.start { Lamp(lines: lines) }, try await Lamp.start { Lamp(lines: lines) }]
            for round in 1...3 {
                for (number, even) in evens.enumerated() { even.cast(.note("even \(number)")) }
                for (number, lamp) in lamps.enumerated() { lamp.cast(.note("lamp \(number)")) }
                for (number, odd) in odds.enumerated() { odd.cast(.note("odd \(number)")) }
                spawn { _ in lines.withLock { $0.append("process") } }
                while lines.withLock({ $0.count }) < round * 7 { try await me.yield() }
            }
        }
        #expect(lines.count == 21)
        for name in ["even 0", "even 1", "odd 0", "odd 1", "lamp 0", "lamp 1", "process"] {
            #expect(lines.count { $0 == name } == 3, "\(name)")
        }
    }

    @Test func `one that ends or crashes in between takes nobody's turn, and is freed before the worker sleeps`()
        async throws
    {
        let lines = try await played { me, lines in
            weak var ended: ProcessCell?
            weak var crashed: ProcessCell?
            do {
                let all = [
                    try await Even.start { Even(lines: lines) }, try await Even.start { Even(lines: lines) },
                    try await Even.start { Even(lines: lines) }, try await Even.start { Even(lines: lines) },
                ]
                ended = all[1].cell
                crashed = all[2].cell
                all[0].cast(.note("first"))
                all[1].cast(.stop)
                all[2].cast(.crash)
                all[3].cast(.note("last"))
                while lines.withLock({ $0.count }) < 2 || all[1].isAlive || all[2].isAlive { try await me.yield() }
            }
            while ended != nil || crashed != nil { try await me.yield() }
        }
        #expect(Set(lines) == ["first", "last"])
    }

    @Test func `one that suspends leaves the worker to the others, and goes on as itself`() async throws {
        let lines = try await played { me, lines in
            let asked = try await Even.start { Even(lines: lines) }
            let lamp = try await Lamp.start { Lamp(lines: lines) }
            let others = [try await Even.start { Even(lines: lines) }, try await Even.start { Even(lines: lines) }]
            lamp.cast(.ask(asked, "lamp has asked"))
            others[0].cast(.ask(asked, "has asked"))
            others[1].cast(.note("other"))
            others[0].cast(.note("after"))
            while lines.withLock({ $0.count }) < 4 { try await me.yield() }
        }
        #expect(Set(lines) == ["lamp has asked", "has asked", "other", "after"])
        #expect(lines.firstIndex(of: "has asked")! < lines.firstIndex(of: "after")!)
    }

    @Test func `one that is killed in its turn takes its runner with it and nobody else's turn`() async throws {
        let node = Node(name: "killed in its turn", workers: 1)
        let lines = Lines([])
        let (first, spinning, last) = try await node.with {
            (
                try await Even.start { Even(lines: lines) }, try await Even.start { Even(lines: lines) },
                try await Even.start { Even(lines: lines) }
            )
        }
        for round in 1...20 {
            let victim = round == 1 ? spinning : try await node.with { try await Even.start { Even(lines: lines) } }
            node.spawn { _ in
                first.cast(.note("first"))
                victim.cast(.spin)
                last.cast(.note("last"))
            }
            while lines.withLock({ $0.count }) < round * 2 - 1 { await Task.yield() }
            victim.sendExit(.kill)
            while lines.withLock({ $0.count }) < round * 2 { await Task.yield() }
        }
        #expect(lines.get().count { $0 == "first" } == 20)
        await node.shutdown()
    }
}
