import OTP

/// A customer who is there. Ends when it has not been touched for `idleLimit`.
struct Session: SynchronousGenServer {
    enum Call: Sendable { case touch(Reply<String>) }
    enum Cast: Sendable {
        case end
        /// For drills.
        case breakDown
    }
    enum Info: Sendable { case expired }

    let customer: String
    let idleLimit: Duration

    func handleStart(_ me: Me) -> Next { waiting }

    func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .touch(let reply): reply(customer)
        }
        return waiting
    }

    func handleCast(_ cast: Cast, _ me: Me) throws -> Next {
        switch cast {
        case .end: return .stop
        case .breakDown: throw Broken()
        }
    }

    func handleInfo(_ info: Info, _ me: Me) -> Next { .stop }

    private var waiting: Next { .receive(within: idleLimit, else: .expired) }
}

extension ServerName<Session> {
    static func session(_ id: String) -> Self { "session \(id)" }
}

/// What a session is started with.
struct NewSession: Sendable {
    let id: String
    let customer: String
}
