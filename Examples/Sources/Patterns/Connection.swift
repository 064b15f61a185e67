public import OTP

/// A connection to an echo server: tries again with longer and longer pauses when it is lost, and gives up after three
/// attempts. What each state begins with stands in its enter call.
public struct Connection: GenStateMachine {
    public enum State: Sendable { case disconnected, connecting, connected }
    public enum Failure: Error { case retrying, notConnected, sendFailed }
    public enum Call: Sendable {
        case connect(Reply<Result<Void, Failure>>)
        case echo([UInt8], Reply<Result<[UInt8], Failure>>)
        case disconnect(Reply<Void>)
    }
    public enum Timeout: Sendable { case retry }

    public static let graph: StateGraph<Connection> = [
        .disconnected: ["connect": .connected, "connect": .connecting],
        .connecting: [
            .stateTimeout("retry"): .connected, .stateTimeout("retry"): .disconnected, "disconnect": .disconnected,
        ],
        .connected: ["echo": .disconnected, "disconnect": .disconnected],
    ]

    public let initialState = State.disconnected
    private let port: UInt16
    private let pause: Duration
    private let entered: @Sendable (State) -> Void
    private var socket: TCPSocket?
    private var attempts = 0

    /// - Parameters:
    ///   - port: On this machine.
    ///   - pause: Before the second attempt; twice as long before each further one.
    ///   - entered: Told of every state that the connection comes into.
    public init(
        port: UInt16, pause: Duration = .seconds(1), entered: @escaping @Sendable (State) -> Void = { _ in }
    ) {
        self.port = port
        self.pause = pause
        self.entered = entered
    }

    public mutating func handleEnter(_ state: State, from old: State, _ me: Me) -> StateEntry {
        entered(state)
        switch state {
        case .connecting: return .stay(.stateTimeout(pause * (1 << (attempts - 1)), .retry))
        case .connected: return .stay
        case .disconnected:
            socket = nil
            return .stay
        }
    }

    public mutating func handleEvent(_ event: StateEvent, in state: State, _ me: Me) async -> Transition {
        switch (state, event) {
        case (.disconnected, .call(.connect(let reply))):
            attempts = 0
            return await connects()
                ? .next(.connected, .reply(reply)) : .next(.connecting, .reply(reply, .failure(.retrying)))
        case (.connecting, .timeout(.retry)):
            if await connects() { return .next(.connected) }
            return attempts < 3 ? .repeat : .next(.disconnected)
        case (.connected, .call(.echo(let bytes, let reply))):
            guard let socket, let answer = try? await Blocking.run({ try socket.exchange(bytes) }) else {
                return .next(.disconnected, .reply(reply, .failure(.sendFailed)))
            }
            return reply(.success(answer))
        case (_, .call(.disconnect(let reply))): return .next(.disconnected, .reply(reply))
        case (.connecting, .call(.connect(let reply))): return reply(.failure(.retrying))
        case (.connected, .call(.connect(let reply))): return reply()
        case (_, .call(.echo(_, let reply))): return reply(.failure(.notConnected))
        case (_, .timeout): return .unexpected
        }
    }

    private nonisolated(nonsending) mutating func connects() async -> Bool {
        attempts += 1
        socket = try? await Blocking.run { [port] in try TCPSocket(connectingTo: port) }
        return socket != nil
    }
}

extension ServerAddress<Connection> {
    public func connect() async throws { try await call { .connect($0) }.get() }
    public func echo(_ text: String) async throws -> String {
        String(decoding: try await call { .echo(Array(text.utf8), $0) }.get(), as: UTF8.self)
    }
    public func disconnect() async throws { try await call { .disconnect($0) } }
}
