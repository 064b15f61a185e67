public import OTP

/// A door with a code, which locks itself after a while: a table over state and event, exhaustive without `default`.
public struct Door: GenStateMachine {
    public enum State: Sendable { case locked, unlocked, open }
    public enum Refusal: Error { case wrongCode, doorLocked, doorOpen }
    public typealias Answer = Reply<Result<Void, Refusal>>
    public enum Call: Sendable {
        case unlock(code: String, Answer)
        case lock(Answer)
        case open(Answer)
        case close(Answer)
    }
    public enum Timeout: Sendable { case autoLock }

    public static let graph: StateGraph<Door> = [
        .locked: ["unlock": .unlocked],
        .unlocked: ["lock": .locked, "open": .open, .stateTimeout("autoLock"): .locked],
        .open: ["close": .unlocked],
    ]

    public let initialState = State.locked
    private let code: String
    private let autoLock: Duration

    public init(code: String, locksAfter autoLock: Duration = .seconds(10)) {
        self.code = code
        self.autoLock = autoLock
    }

    public func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition {
        switch (state, event) {
        case (.locked, .call(.unlock(code, let reply))): .next(.unlocked, .reply(reply))
        case (.locked, .call(.unlock(_, let reply))): reply(.failure(.wrongCode))
        case (.locked, .call(.lock(let reply))): reply()
        case (.locked, .call(.open(let reply))), (.locked, .call(.close(let reply))): reply(.failure(.doorLocked))

        case (.unlocked, .call(.lock(let reply))): .next(.locked, .reply(reply))
        case (.unlocked, .call(.open(let reply))): .next(.open, .reply(reply))
        case (.unlocked, .call(.close(let reply))), (.unlocked, .call(.unlock(_, let reply))): reply()
        case (.unlocked, .timeout(.autoLock)): .next(.locked)

        case (.open, .call(.close(let reply))): .next(.unlocked, .reply(reply))
        case (.open, .call(.open(let reply))): reply()
        case (.open, .call(.lock(let reply))), (.open, .call(.unlock(_, let reply))): reply(.failure(.doorOpen))

        case (.locked, .timeout), (.open, .timeout): .unexpected
        }
    }

    /// However the door came to be unlocked: it locks itself.
    public func handleEnter(_ state: State, from old: State, _ me: Me) -> StateEntry {
        state == .unlocked ? .stay(.stateTimeout(autoLock, .autoLock)) : .stay
    }
}

extension ServerAddress<Door> {
    public func unlock(_ code: String) async throws { try await call { .unlock(code: code, $0) }.get() }
    public func lock() async throws { try await call { .lock($0) }.get() }
    public func open() async throws { try await call { .open($0) }.get() }
    public func close() async throws { try await call { .close($0) }.get() }
}
