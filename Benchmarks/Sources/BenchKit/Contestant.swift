/// One column: who it is and how to start it.
public struct Contestant: Sendable {
    public enum Side: Sendable { case ours, peer }

    public let name: String
    public let side: Side
    public let launch: PeerProcess.Launch
    public let versions: String
    public let rows: Set<String>

    /// Starts the side once to learn what it is and what it can do.
    public init(_ name: String, _ side: Side, _ launch: PeerProcess.Launch) throws {
        self.name = name
        self.side = side
        self.launch = launch
        let process = try PeerProcess(name, launch)
        defer { process.end() }
        versions = try process.ask("hello").joined(separator: " ")
        rows = Set(try process.ask("rows"))
    }

    /// What this side calls the work of `row`; `nil` when it has no such work.
    public func work(for row: Row) -> String? {
        let name = side == .ours ? row.name : row.peerName
        return rows.contains(name) ? name : nil
    }
}
