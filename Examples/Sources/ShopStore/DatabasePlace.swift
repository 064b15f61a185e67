/// Where a shop's database is, and what is wrong there.
public struct DatabasePlace: Sendable {
    public let path: String
    public let disk = DiskSpace()
    /// For tests of the drill: what its judge has to find.
    public var weakness: Weakness?

    /// What a database must never do.
    public enum Weakness: Sendable {
        /// Says that something is written when it may still be lost.
        case acknowledgesBeforeCommit
        /// Takes an order under a key that it has taken one under.
        case forgetsKeys
    }

    public init(path: String, weakness: Weakness? = nil) {
        self.path = path
        self.weakness = weakness
    }
}
