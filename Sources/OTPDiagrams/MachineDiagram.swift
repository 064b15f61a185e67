public import OTP

/// The diagram of one machine, by its name.
public struct MachineDiagram: Sendable {
    /// The machine's type, as text and files name it.
    public let name: String
    /// See `StateGraph.mermaid()`.
    public let mermaid: String
    /// See `StateGraph.dot()`.
    public let dot: String
    /// What can hardly be meant in the graph.
    public let problems: [GraphProblem]

    /// The diagram of the graph that a machine declares.
    public static func of<Machine: GenStateMachine>(_ machine: Machine.Type) -> MachineDiagram {
        MachineDiagram(
            name: "\(machine)", mermaid: Machine.graph.mermaid(), dot: Machine.graph.dot(),
            problems: Machine.graph.problems)
    }
}
