import BankWire
import NIOCore
import NIOPosix
import Synchronization

/// A server that a shop's connection leads to, as odd as a test wants it.
final class OddBank: Sendable {
    let port: Int
    private let channel: any Channel

    /// - Parameters:
    ///   - opened: Told each connection, counted from 1.
    ///   - line: Told what comes in.
    init(
        opened: @escaping @Sendable (Int, any Channel) -> Void = { _, _ in },
        line: @escaping @Sendable (Int, String, any Channel) -> Void = { _, _, _ in }
    ) async throws {
        let connections = Mutex(0)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                let number = connections.withLock { count in
                    count += 1
                    return count
                }
                return channel.speakLines(line: { text, channel in line(number, text, channel) })
                    .map { opened(number, channel) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    func close() async { try? await channel.close() }
}

/// Somebody who speaks to a bank byte by byte.
final class RawClient: Sendable {
    /// Ends with the connection.
    let lines: AsyncStream<String>
    private let channel: any Channel

    init(port: Int) async throws {
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        self.lines = lines
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        ByteToMessageHandler(LineCodec()), Listener(line))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }
    func close() { channel.close(promise: nil) }

    private final class Listener: ChannelInboundHandler {
        typealias InboundIn = String
        private let line: AsyncStream<String>.Continuation

        init(_ line: AsyncStream<String>.Continuation) { self.line = line }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { line.yield(unwrapInboundIn(data)) }
        func channelInactive(context: ChannelHandlerContext) { line.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
