import BankWire
import NIOCore
import NIOPosix
import Synchronization

/// The shop's end of its connection to the bank; nothing of it is left when its process has ended.
final class BankPlug: Sendable {
    private enum State {
        case open((any Channel)?)
        case pulled
    }

    private let state = Mutex(State.open(nil))

    /// Connects, in place of any connection that there was.
    func connect(
        to port: Int, line: @escaping @Sendable (String) -> Void, end: @escaping @Sendable () -> Void
    ) async throws {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connectTimeout(.seconds(1))
            .channelInitializer { $0.speakLines(line: { text, _ in line(text) }, end: end) }
            .connect(host: "127.0.0.1", port: port).get()
        let superfluous = state.withLock { state -> (any Channel)? in
            guard case .open(let old) = state else { return channel }
            state = .open(channel)
            return old
        }
        superfluous?.close(promise: nil)
    }

    func send(_ line: String) { current?.writeAndFlush(line, promise: nil) }

    func disconnect() { current?.close(promise: nil) }

    /// For good.
    func pull() {
        let last = state.withLock { state -> (any Channel)? in
            defer { state = .pulled }
            guard case .open(let channel) = state else { return nil }
            return channel
        }
        last?.close(promise: nil)
    }

    private var current: (any Channel)? {
        state.withLock { if case .open(let channel) = $0 { channel } else { nil } }
    }
}
