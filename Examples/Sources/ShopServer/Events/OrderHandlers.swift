import OTP

/// Owns the handlers of order events: installs them when it starts, and again when they fail. It ends with their
/// manager, and is started again after it.
struct OrderHandlers: GenServer {
    enum Call: Sendable { case failures(Reply<Int>) }
    enum Cast: Sendable {
        /// For drills.
        case breakDown
    }
    enum Info: Sendable { case gone(Kind, HandlerExit) }
    enum Kind: Sendable { case audit, metrics }

    private let events: OrderEvents
    private var failures = 0

    init(_ events: OrderEvents, _ me: Me) async throws {
        self.events = events
        // The latest handler is told first: were it to take an event with it when it fails, the others would miss it.
        try await install(.audit, me)
        try await install(.metrics, me)
    }

    func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .failures(let reply): reply(failures)
        }
    }

    func handleCast(_ cast: Cast, _ me: Me) throws -> Next { throw Broken() }

    mutating func handleInfo(_ info: Info, _ me: Me) async throws -> Next {
        switch info {
        case .gone(let kind, let exit):
            // Gone with its manager: then so is this process, soon.
            guard case .failed = exit.reason else { return .receive }
            failures += 1
            try await install(kind, me)
            return .receive
        }
    }

    private nonisolated(nonsending) func install(_ kind: Kind, _ me: Me) async throws {
        switch kind {
        case .audit:
            try await events.manager.addSupervisedHandler(for: me) { [events] in
                try await AuditTrail(path: events.auditPath, told: events.told)
            } onExit: {
                .gone(.audit, $0)
            }
        case .metrics:
            try await events.manager.addSupervisedHandler(for: me) { [events] in
                OrderMetrics(life: events.nextLife())
            } onExit: {
                .gone(.metrics, $0)
            }
        }
    }
}

extension ServerName<OrderHandlers> { static let orderHandlers: Self = "order handlers" }
