/// Something in a graph that can hardly be meant.
public enum GraphProblem: Sendable, Hashable, CustomStringConvertible {
    /// No path leads from the first state to this one.
    case unreachable(String)
    /// The machine can never leave this state, no timeout wakes it there, and it is not declared final.
    case deadEnd(String)
    /// A way leads to a state that has no row.
    case noRow(String)

    public var description: String {
        switch self {
        case .unreachable(let state): "no path leads to \(state)"
        case .deadEnd(let state): "\(state) is not final, and has no way out and no timeout"
        case .noRow(let state): "\(state) has no row of its own"
        }
    }
}

extension StateGraph {
    /// What can hardly be meant: states that no path reaches, states without a way out. Empty if all is well.
    ///
    /// For tests: `#expect(Door.graph.problems.isEmpty)`. In debug builds every machine is checked when it starts, and
    /// what is found is reported once.
    public var problems: [GraphProblem] { problems(from: states.first.map { [$0] } ?? []) }

    /// The same for a machine that begins in `state` instead of the first one.
    public func problems(beginningIn state: Machine.State) -> [GraphProblem] {
        problems(from: [CaseName.of(state)])
    }

    private func problems(from first: [String]) -> [GraphProblem] {
        guard isDeclared else { return [] }
        var reached = first
        var next = 0
        while next < reached.count {
            for way in ways where way.from == reached[next] && !reached.contains(way.to) { reached.append(way.to) }
            next += 1
        }
        var problems: [GraphProblem] = []
        for state in states {
            if !reached.contains(state) { problems.append(.unreachable(state)) }
            let exits = ways.filter { $0.from == state }
            let isDeadEnd = !exits.contains { $0.to != state || $0.event.isTimeout }
            if isDeadEnd, !finals.contains(state) { problems.append(.deadEnd(state)) }
        }
        var known = Set(states)
        for state in first + ways.map(\.to) where known.insert(state).inserted { problems.append(.noRow(state)) }
        return problems
    }
}

/// A machine's graph holds what can hardly be meant: told once for each type of machine, in debug builds.
public struct GraphReport: Report {
    /// The machine's type.
    public let machine: String
    /// What was found.
    public let problems: [GraphProblem]

    public var logLevel: String { "warning" }
    public var metadata: [String: String] { ["otp.kind": machine] }
    public var description: String {
        "the graph of \(machine): \(problems.map(\.description).joined(separator: "; "))"
    }
}

/// Which types of machines have been checked.
enum GraphCheck {
    private static let told = LockedBox<Set<ObjectIdentifier>>([])

    static func run<Machine: GenStateMachine>(_ machine: Machine.Type, beginningIn state: Machine.State, on node: Node)
    {
        guard Machine.graph.isDeclared else { return }
        let problems = Machine.graph.problems(beginningIn: state)
        if problems.isEmpty { return }
        let isFirst = told.withLock { $0.insert(ObjectIdentifier(machine)).inserted }
        if isFirst { node.report(.other(GraphReport(machine: "\(machine)", problems: problems))) }
    }
}
