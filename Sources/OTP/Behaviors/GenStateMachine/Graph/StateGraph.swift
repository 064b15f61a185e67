/// Which event leads from which state to which: declared once, checked while the machine runs, drawn as a diagram.
///
/// ```swift
/// static let graph: StateGraph<Door> = [
///     .locked: ["unlock": .unlocked],
///     .unlocked: ["open": .open, .stateTimeout("autoLock"): .locked],
///     .open: ["close": .unlocked],
/// ]
/// ```
///
/// The first row is the state in which the machine begins. States stand for their enum case: one that carries values
/// is written with any. A state in which the machine may stay for ever, or in which it stops, is `.final`, or
/// `.final` with the ways that still lead out of it. Once a graph is declared, a transition into another state that it
/// does not hold ends the machine with ``IllegalTransition``.
public struct StateGraph<Machine: GenStateMachine>: Sendable, ExpressibleByDictionaryLiteral {
    /// What can happen in one state, and where it leads.
    public struct Exits: Sendable, ExpressibleByDictionaryLiteral {
        let ways: [(event: GraphEvent, to: Machine.State)]
        let isFinal: Bool

        /// The events that lead out of a state, each with the state that it leads to.
        public init(dictionaryLiteral ways: (GraphEvent, Machine.State)...) {
            self.ways = ways.map { (event: $0.0, to: $0.1) }
            isFinal = false
        }

        private init(final ways: KeyValuePairs<GraphEvent, Machine.State>) {
            self.ways = ways.map { (event: $0.key, to: $0.value) }
            isFinal = true
        }

        /// No way out, and none is wanted.
        public static var final: Self { Self(final: [:]) }

        /// The machine may stay here for ever, but there are ways out.
        public static func final(_ ways: KeyValuePairs<GraphEvent, Machine.State>) -> Self { Self(final: ways) }
    }

    /// One arrow.
    struct Way: Hashable, Sendable {
        let from: String
        let event: GraphEvent
        let to: String
    }

    /// The states that have a row, in order.
    let states: [String]
    let finals: Set<String>
    let ways: [Way]
    private let legal: Set<String>
    /// False for a machine that declares no graph: then everything is legal.
    public let isDeclared: Bool

    /// The rows: each state with what can happen in it. Two rows of one state are one.
    public init(dictionaryLiteral rows: (Machine.State, Exits)...) {
        self.init(rows: rows, isDeclared: true)
    }

    /// No graph: any transition is legal, and there is nothing to draw.
    public static var undeclared: Self { Self(rows: [], isDeclared: false) }

    private init(rows: [(Machine.State, Exits)], isDeclared: Bool) {
        var states: [String] = []
        var finals: Set<String> = []
        var ways: [Way] = []
        for (state, exits) in rows {
            let from = CaseName.of(state)
            if !states.contains(from) { states.append(from) }
            if exits.isFinal { finals.insert(from) }
            for (event, to) in exits.ways {
                let way = Way(from: from, event: event, to: CaseName.of(to))
                if !ways.contains(way) { ways.append(way) }
            }
        }
        self.states = states
        self.finals = finals
        self.ways = ways
        self.isDeclared = isDeclared
        legal = Set(ways.map { Self.key($0.from, $0.event.name, $0.to) })
    }

    private static func key(_ from: String, _ event: String, _ to: String) -> String { "\(from)\n\(event)\n\(to)" }

    /// Why this transition may not be; nil if it may.
    @usableFromInline func refusal(
        from: Machine.State, to: Machine.State, by event: MachineEvent<Machine>
    ) -> IllegalTransition? {
        let (from, to, name) = (CaseName.of(from), CaseName.of(to), Machine.eventName(event))
        if legal.contains(Self.key(from, name, to)) { return nil }
        return IllegalTransition(machine: "\(Machine.self)", from: from, to: to, event: name)
    }
}

/// An event in a graph, by its name: see ``GenStateMachine/eventName(_:)``.
public struct GraphEvent: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    enum Kind: Hashable, Sendable { case message, stateTimeout, timeout }

    let name: String
    let kind: Kind

    private init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// A call, a cast, an info or an inserted event.
    public init(stringLiteral name: String) { self.init(name, .message) }

    /// A state timeout, by what it says: drawn as such.
    public static func stateTimeout(_ name: String) -> Self { Self(name, .stateTimeout) }

    /// An event timeout or a named one, by what it says.
    public static func timeout(_ name: String) -> Self { Self(name, .timeout) }

    var isTimeout: Bool { kind != .message }

    public var description: String {
        switch kind {
        case .message: name
        case .stateTimeout: "⏱ \(name)"
        case .timeout: "⏲ \(name)"
        }
    }
}
