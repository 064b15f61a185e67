import BankWire
import OTP

/// The connection to the bank: tries again with longer and longer pauses when it is lost, gives up after three
/// attempts, and begins anew after a while. Whoever asks meanwhile waits for the attempts, and is told when they were in vain.
/// A connection on which the bank has not said a word was no more than an attempt; one that leads nowhere any more, for
/// whoever asks hears nothing, is given up.
struct BankLink: GenStateMachine {
    enum State: Sendable { case disconnected, connecting, connected }
    /// Why there is no answer. The bank may have done what was asked all the same.
    enum Failure: Error { case notConnected, connectionLost, askedAgain }
    enum Call: Sendable {
        case ask(BankRequest, Reply<Result<BankAnswer, Failure>>)
        case isConnected(Reply<Bool>)
    }
    enum Cast: Sendable {
        /// For drills.
        case breakDown
    }
    enum Info: Sendable {
        case opened(connection: Int, Result<Void, any Error>)
        case line(connection: Int, String)
        case closed(connection: Int)
    }
    enum Timeout: Sendable { case retry, silence }

    static let graph: StateGraph<BankLink> = [
        .disconnected: [.stateTimeout("retry"): .connecting],
        .connecting: ["opened": .connected, "opened": .disconnected, "closed": .disconnected],
        .connected: ["closed": .connecting, "closed": .disconnected],
    ]
    static let mostAttempts = 3

    let initialState = State.disconnected
    private let place: BankPlace
    private let checkpoints: Checkpoints?
    private let pause: Duration
    private let rest: Duration
    private let silence: Duration
    private let plug = BankPlug()
    private var connection = 0
    /// Since the bank was last heard.
    private var attempts = 0
    /// By key: the bank's answers name it.
    private var waiting: [String: Reply<Result<BankAnswer, Failure>>] = [:]

    /// - Parameters:
    ///   - pause: After the first attempt; twice as long after the second.
    ///   - rest: After the third.
    ///   - silence: How long whoever asks may hear nothing before the connection is given up.
    init(
        _ place: BankPlace, checkpoints: Checkpoints? = nil, pause: Duration = .milliseconds(50),
        rest: Duration = .milliseconds(250), silence: Duration = .seconds(5), _ me: Me
    ) {
        self.place = place
        self.checkpoints = checkpoints
        self.pause = pause
        self.rest = rest
        self.silence = silence
        me.whenEnded { [plug] _ in plug.pull() }
    }

    mutating func handleEnter(_ state: State, from old: State, _ me: Me) -> StateEntry {
        switch state {
        case .disconnected:
            attempts = 0
            return .stay(.stateTimeout(connection == 0 ? .zero : rest, .retry))
        case .connecting:
            if old == .connected, attempts > 0 { return .stay(.stateTimeout(pause * attempts, .retry)) }
            connect(me)
            return .stay
        case .connected: return .stay
        }
    }

    mutating func handleEvent(_ event: StateEvent, in state: State, _ me: Me) async throws -> Transition {
        switch (state, event) {
        case (.disconnected, .timeout(.retry)): return .next(.connecting)
        case (.connecting, .timeout(.retry)): return .repeat
        case (.connecting, .info(.opened(connection, .success))): return .next(.connected)
        case (.connecting, .info(.opened(connection, .failure))): return failed()
        case (.connected, .call(.ask(let request, let reply))):
            let listens: [StateAction] = waiting.isEmpty ? [.timeout(silence, .silence)] : []
            let old = waiting.updateValue(reply, forKey: request.key)
            plug.send(request.line)
            await checkpoints?.pass(.afterSend)
            return .keep(actions: (old.map { [.reply($0, .failure(.askedAgain))] } ?? []) + listens)
        case (.connected, .info(.line(connection, let line))):
            attempts = 0
            // One that nobody waits for was doubled, or comes late.
            guard let answer = BankAnswer(line), let reply = waiting.removeValue(forKey: answer.key) else {
                return .keep
            }
            return .keep(.reply(reply, .success(answer)), .timeout(waiting.isEmpty ? nil : silence, .silence))
        case (.connected, .timeout(.silence)):
            plug.disconnect()
            return .keep
        case (.connected, .info(.closed(connection))):
            let lost = waiting.values.map { StateAction.reply($0, .failure(.connectionLost)) }
            waiting = [:]
            return .next(again ? .connecting : .disconnected, actions: lost + [.cancelTimeout(.silence)])
        case (.connecting, .call(.ask)): return .postpone
        case (.disconnected, .call(.ask(_, let reply))): return reply(.failure(.notConnected))
        case (_, .call(.isConnected(let reply))): return reply(state == .connected)
        case (_, .cast(.breakDown)): throw Broken()
        // Of an earlier connection, or of one that was lost before it was known to be open.
        case (.connecting, .info(.closed(connection))):
            connection += 1
            return failed()
        case (_, .info): return .keep
        case (_, .timeout): return .unexpected
        }
    }

    /// Whether there is another attempt before the rest.
    private var again: Bool { attempts < Self.mostAttempts }

    private mutating func failed() -> Transition {
        again ? .keep(.stateTimeout(pause * attempts, .retry)) : .next(.disconnected)
    }

    private mutating func connect(_ me: Me) {
        connection += 1
        attempts += 1
        let ref = me.ref
        me.start { [plug, place, connection] in
            guard let port = place.port else { throw Failure.notConnected }
            try await plug.connect(to: port) {
                ref.send(.line(connection: connection, $0))
            } end: {
                ref.send(.closed(connection: connection))
            }
        } then: { [connection] in
            .opened(connection: connection, $0)
        }
    }
}

extension ServerName<BankLink> { static let bankLink: Self = "bank link" }
