public import OTP

/// Payment processor: authorise, capture, refund, cancel; a function for each state, amounts checked, and states out of
/// which nothing leads.
public struct Payment: GenStateMachine {
    public enum State: Sendable { case pending, authorized, captured, refunded, cancelled }
    public enum Refusal: Error, Equatable {
        case declined(String)
        case invalidAmount
        case invalidEvent
        case terminalState
    }
    public enum Request: Sendable {
        case authorize(token: String)
        case capture
        case refund(amount: Int)
        case cancel
    }
    public struct Call: Sendable {
        let request: Request
        let reply: Reply<Result<Void, Refusal>>
    }
    public enum Timeout: Sendable { case expired }

    /// What takes the money, in cents.
    public struct Gateway: Sendable {
        public var authorize: @Sendable (_ token: String, _ amount: Int) async throws -> Void
        public var capture: @Sendable (_ amount: Int) async throws -> Void
        public var refund: @Sendable (_ amount: Int) async throws -> Void

        public init(
            authorize: @escaping @Sendable (String, Int) async throws -> Void,
            capture: @escaping @Sendable (Int) async throws -> Void = { _ in },
            refund: @escaping @Sendable (Int) async throws -> Void = { _ in }
        ) {
            self.authorize = authorize
            self.capture = capture
            self.refund = refund
        }
    }

    public static let graph: StateGraph<Payment> = [
        .pending: ["authorize": .authorized, "cancel": .cancelled],
        .authorized: [
            "capture": .captured, "refund": .refunded, "cancel": .cancelled, .stateTimeout("expired"): .cancelled,
        ],
        .captured: .final(["refund": .refunded]),
        .refunded: .final,
        .cancelled: .final,
    ]

    public static func eventName(_ event: StateEvent) -> String {
        switch event {
        case .call(let call):
            switch call.request {
            case .authorize: "authorize"
            case .capture: "capture"
            case .refund: "refund"
            case .cancel: "cancel"
            }
        case .timeout(.expired): "expired"
        }
    }

    public let initialState = State.pending
    private let amount: Int
    private let gateway: Gateway
    private let authorization: Duration
    private var authorized = 0
    private var captured = 0

    /// - Parameters:
    ///   - amount: In cents, more than zero.
    ///   - authorization: How long an authorisation stands before it is given up.
    public init(amount: Int, authorizedFor authorization: Duration = .seconds(604_800), through gateway: Gateway) throws
    {
        guard amount > 0 else { throw Refusal.invalidAmount }
        self.amount = amount
        self.authorization = authorization
        self.gateway = gateway
    }

    public mutating func handleEvent(_ event: StateEvent, in state: State, _ me: Me) async -> Transition {
        guard case .call(let call) = event else { return state == .authorized ? .next(.cancelled) : .unexpected }
        do throws(Refusal) {
            let next =
                switch state {
                case .pending: try await pending(call.request)
                case .authorized: try await authorized(call.request)
                case .captured: try await captured(call.request)
                case .refunded, .cancelled: throw .terminalState
                }
            return .next(next, .reply(call.reply))
        } catch {
            return call.reply(.failure(error))
        }
    }

    public func handleEnter(_ state: State, from old: State, _ me: Me) -> StateEntry {
        state == .authorized ? .stay(.stateTimeout(authorization, .expired)) : .stay
    }

    // MARK: a function for each state

    private nonisolated(nonsending) mutating func pending(_ request: Request) async throws(Refusal) -> State {
        switch request {
        case .authorize(let token):
            try await ask { try await gateway.authorize(token, amount) }
            authorized = amount
            return .authorized
        case .cancel: return .cancelled
        case .capture, .refund: throw .invalidEvent
        }
    }

    private nonisolated(nonsending) mutating func authorized(_ request: Request) async throws(Refusal) -> State {
        switch request {
        case .capture:
            try await ask { try await gateway.capture(authorized) }
            captured = authorized
            return .captured
        case .refund(let part):
            authorized -= try await refund(part, of: authorized)
            return .refunded
        case .cancel: return .cancelled
        case .authorize: throw .invalidEvent
        }
    }

    private nonisolated(nonsending) mutating func captured(_ request: Request) async throws(Refusal) -> State {
        guard case .refund(let part) = request else { throw .terminalState }
        captured -= try await refund(part, of: captured)
        return .refunded
    }

    private nonisolated(nonsending) func refund(_ part: Int, of whole: Int) async throws(Refusal) -> Int {
        guard part > 0, part <= whole else { throw .invalidAmount }
        try await ask { try await gateway.refund(part) }
        return part
    }

    private nonisolated(nonsending) func ask(
        _ body: nonisolated(nonsending) () async throws -> Void
    ) async throws(Refusal) {
        do { try await body() } catch { throw .declined("\(error)") }
    }
}

extension ServerAddress<Payment> {
    public func authorize(_ token: String) async throws { try await ask(.authorize(token: token)) }
    public func capture() async throws { try await ask(.capture) }
    public func refund(_ amount: Int) async throws { try await ask(.refund(amount: amount)) }
    public func cancel() async throws { try await ask(.cancel) }

    private func ask(_ request: Payment.Request) async throws {
        try await call { Payment.Call(request: request, reply: $0) }.get()
    }
}
