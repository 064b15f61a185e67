public import OTP

/// The worker of the trees below: it can say how it is called, and it can fail.
public struct Worker: GenServer {
    public struct Failed: Error {}
    public enum Call: Sendable { case name(Reply<String>) }
    public enum Cast: Sendable { case fail }

    private let name: String

    public init(name: String) { self.name = name }

    public func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .name(let reply): reply(name)
        }
    }

    public func handleCast(_ cast: Cast, _ me: Me) throws -> Next { throw Failed() }
}

extension ServerName<Worker> {
    public static func worker(_ name: String) -> Self { "worker \(name)" }
}
