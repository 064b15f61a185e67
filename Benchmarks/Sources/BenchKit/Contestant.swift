/// One column: who it is and how to start it.
public struct Contestant: Sendable {
    public enum Side: Sendable { case ours, peer }

    public let name: String
    public let side: Side
    public let launch: PeerProcess.Launch
    public let versions: String
    public let rows: Set<String>
    /// Starts it with this many threads for its work; `nil` if it cannot be told.
    public let launchOnCores: (@Sendable (Int) -> PeerProcess.Launch)?
    private let variant: String?

    /// Starts the side once to learn what it is and what it can do.
    ///
    /// - Parameters:
    ///   - variant: This column does the works that its side calls `row/variant`, and no others.
    ///   - launchOnCores: Starts it with this many threads for its work.
    public init(
        _ name: String, _ side: Side, _ launch: PeerProcess.Launch, variant: String? = nil,
        launchOnCores: (@Sendable (Int) -> PeerProcess.Launch)? = nil
    ) throws {
        self.name = name
        self.side = side
        self.launch = launch
        self.variant = variant
        self.launchOnCores = launchOnCores
        let process = try PeerProcess(name, launch)
        defer { process.end() }
        versions = try process.ask("hello").joined(separator: " ")
        rows = Set(try process.ask("rows"))
    }

    /// The same with this many threads for its work; `nil` if it cannot be told.
    func onCores(_ cores: Int) -> Contestant? {
        launchOnCores.map { Contestant(self, $0(cores)) }
    }

    private init(_ other: Contestant, _ launch: PeerProcess.Launch) {
        (name, side, versions, rows) = (other.name, other.side, other.versions, other.rows)
        (variant, launchOnCores) = (other.variant, other.launchOnCores)
        self.launch = launch
    }

    /// What this side calls the work of `row`; `nil` when it has no such work.
    public func work(for row: Row) -> String? {
        let name = side == .ours ? row.name + (variant.map { "/\($0)" } ?? "") : row.peerName
        return rows.contains(name) ? name : nil
    }
}
