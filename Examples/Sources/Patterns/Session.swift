public import OTP

/// Session server: ends when nobody has touched it for `idleLimit`.
public struct Session: GenServer {
    public enum Cast: Sendable { case touch }
    public enum Info: Sendable { case expired }

    private let idleLimit: Duration

    public init(idleLimit: Duration = .seconds(30)) { self.idleLimit = idleLimit }

    public func handleStart(_ me: Me) -> Next { .receive(within: idleLimit, else: .expired) }

    public func handleCast(_ cast: Cast, _ me: Me) -> Next { .receive(within: idleLimit, else: .expired) }

    public func handleInfo(_ info: Info, _ me: Me) -> Next { .stop }
}

extension ServerAddress<Session> {
    public func touch() { cast(.touch) }
}
