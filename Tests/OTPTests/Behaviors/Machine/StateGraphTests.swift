import OTP
import OTPTestKit
import Testing

@Suite struct StateGraphTests {
    @Test("a transition that the graph holds is made; one that it does not ends the machine, naming from, to and event")
    func checked() throws {
        let lines = try played { me, journal in
            let gate = try await Portal.start { Portal() }
            journal.note("\(try await gate.call { .go(.shut, $0) })")
            await journal.note { try await gate.call { .go(.open(2), $0) } }
            journal.note("\(String(describing: await gate.waitForEnd()))")
        }
        #expect(lines.prefix(1) == ["true"])
        #expect(
            lines.contains("exited (error: Portal has no transition from shut to open by go)"),
            "nobody is answered by a transition that is not accepted")
    }

    @Test("the same state, and another value of it where that is declared, need no arrow of another name")
    func sameState() throws {
        let lines = try played { me, journal in
            let gate = try await Portal.start { Portal() }
            journal.note("\(try await gate.call { .go(.open(1), $0) })")
            journal.note("\(try await gate.call { .go(.open(5), $0) })")
            try await me.sleep(for: .seconds(10))
            journal.note("\(try await SystemControl.state(of: gate) { state, _ in state })")
        }
        #expect(lines == ["true", "true", "shut"])
    }

    @Test(
        "states that nothing leads to and states without a way out are found, and reported once when the machine starts"
    )
    func problems() throws {
        #expect(Portal.graph.problems.isEmpty)
        #expect(Maze.graph.problems == [.deadEnd("pit"), .unreachable("island"), .noRow("nowhere")])
        #expect(
            Maze.graph.problems(beginningIn: .exit) == [
                .unreachable("hall"), .unreachable("pit"), .deadEnd("pit"), .unreachable("trap"),
                .unreachable("island"), .noRow("nowhere"),
            ])
        #expect(StateGraph<Lamp>.undeclared.problems.isEmpty && !Lamp.graph.isDeclared)
        let lines = try played { me, journal in
            me.node.onReport { if case .other(let report) = $0 { journal.note("\(report)") } }
            for _ in 1...2 { try await Maze.start { Maze() } }
        }
        #if DEBUG
            #expect(
                lines == [
                    "the graph of Maze: pit is not final, and has no way out and no timeout; no path leads to island; "
                        + "nowhere has no row of its own"
                ])
        #else
            #expect(lines.isEmpty)
        #endif
    }

    @Test("the diagram for Mermaid marks the first state, timeouts and final states")
    func mermaid() {
        #expect(
            Maze.graph.mermaid() == """
                stateDiagram-v2
                    [*] --> hall
                    hall --> pit : fall
                    hall --> trap : step
                    pit --> pit : climb
                    trap --> hall : ⏱ opens
                    trap --> exit : ⏲ rescued
                    trap --> nowhere : dig
                    island --> hall : swim
                    exit --> [*]

                """)
    }

    @Test("the diagram for Graphviz: state timeouts dashed, other timeouts dotted, final states with two borders")
    func dot() {
        let dot = Maze.graph.dot()
        #expect(dot.hasPrefix("digraph \"Maze\" {") && dot.hasSuffix("}\n"))
        #expect(dot.contains("\"exit\" [peripheries=2];"))
        #expect(dot.contains("\"trap\" -> \"hall\" [label=\"timeout opens\", style=dashed];"))
        #expect(dot.contains("\"trap\" -> \"exit\" [label=\"timeout rescued\", style=dotted];"))
        #expect(dot.contains("\"hall\" -> \"pit\" [label=\"fall\"];"))
    }

    @Test("names that a diagram cannot hold are written in another way")
    func awkwardNames() {
        let text = Awkward.graph.mermaid()
        #expect(text.contains("state \"a 'b'\" as s_a__b_") && text.contains("s_end"))
        #expect(text.contains("--> s_class : ") && !text.contains(" class "))
        #expect(!Awkward.graph.dot().contains("\"a \"b"))
    }

    @Test("SM-016 one function for each state, with a common one for the rest")
    func stateFunctions() async throws {
        let probe = TestProbe<Portal>()
        var gate = Portal()
        #expect(gate.handleEvent(.cast(.knock), in: .shut, probe.me) == .keep)
        #expect(gate.handleEvent(.timeout(.closes), in: .open(1), probe.me) == .next(.shut))
        #expect(gate.handleEvent(.timeout(.closes), in: .shut, probe.me) == .unexpected)
        #expect(gate.knocks == 1)
    }

    @Test("a probe gives a machine a call without a runtime: the answer is given, the transition is there to be seen")
    func probe() async throws {
        let probe = TestProbe<Portal>()
        var gate = Portal()
        let (reply, transition) = try await probe.call(&gate, in: .shut) { .go(.open(3), $0) }
        #expect(reply == true)
        #expect(transition == .next(.open(3), .reply(Reply<Bool>.probe, true), .stateTimeout(.seconds(3), .closes)))
        #expect(transition != .next(.shut) && transition != .next(.open(3)))
        #expect("\(transition)" == "next(open(3)) [reply(true), stateTimeout(closes, after: 3.0 seconds)]")
        #expect(gate.handleEnter(.shut, from: .shut, probe.me) == .stay && probe.log.isEmpty)
    }
}

/// A function for each state, and one for what is the same in all of them.
private struct Portal: GenStateMachine {
    enum State: Equatable, Sendable { case shut, open(Int) }
    enum Call: Sendable { case go(State, Reply<Bool>) }
    enum Cast: Sendable { case knock }
    enum Timeout: Sendable { case closes }

    static let graph: StateGraph<Portal> = [
        .shut: ["unlock": .open(0)],
        .open(0): ["unlock": .open(0), "lock": .shut, .stateTimeout("closes"): .shut],
    ]

    static func eventName(_ event: StateEvent) -> String {
        switch event {
        case .call(.go(.open(let width), _)) where width != 2: "unlock"
        case .call: "go"
        case .cast: "knock"
        case .timeout(let timeout): "\(timeout)"
        }
    }

    let initialState = State.shut
    var knocks = 0

    mutating func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition {
        switch state {
        case .shut: shut(event)
        case .open: open(event)
        }
    }

    private mutating func shut(_ event: StateEvent) -> Transition {
        switch event {
        case .call(.go(.shut, let reply)): reply(true)
        case .call(.go(.open(let width), let reply)):
            .next(.open(width), .reply(reply, true), .stateTimeout(.seconds(width), .closes))
        case .timeout: .unexpected
        case .cast: common(event)
        }
    }

    private mutating func open(_ event: StateEvent) -> Transition {
        switch event {
        case .call(.go(let state, let reply)): .next(state, .reply(reply, true), .stateTimeout(.seconds(1), .closes))
        case .timeout(.closes): .next(.shut)
        case .cast: common(event)
        }
    }

    private mutating func common(_ event: StateEvent) -> Transition {
        knocks += 1
        return .keep
    }
}

private struct Maze: GenStateMachine {
    enum State: Sendable { case hall, pit, trap, island, exit, nowhere }

    static let graph: StateGraph<Maze> = [
        .hall: ["fall": .pit, "step": .trap],
        .pit: ["climb": .pit],
        .trap: [.stateTimeout("opens"): .hall, .timeout("rescued"): .exit, "dig": .nowhere],
        .island: ["swim": .hall],
        .exit: .final,
    ]
    let initialState = State.hall
    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition { .keep }
}

private struct Awkward: GenStateMachine {
    struct State: Equatable, Sendable, CustomStringConvertible {
        let description: String
        init(_ text: String) { description = text }
    }

    static let graph: StateGraph<Awkward> = [
        State("a \"b\""): ["go": State("end")],
        State("end"): .final(["back: \"now\"": State("a \"b\""), "teach": State("class")]), State("class"): .final,
    ]
    let initialState = State("end")
    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition { .keep }
}
