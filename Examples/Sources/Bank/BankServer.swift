import BankWire
import NIOCore
import NIOPosix
import Synchronization

/// A bank on 127.0.0.1: takes requests in lines, answers each when its entry is on disk. What cannot be written is not
/// answered: whoever asked has to ask again.
public final class BankServer: Sendable {
    /// Where it listens.
    public let port: Int
    private let desk: BankDesk
    private let channel: any Channel

    private init(port: Int, desk: BankDesk, channel: any Channel) {
        self.port = port
        self.desk = desk
        self.channel = channel
    }

    /// - Parameters:
    ///   - port: 0 for any that is free.
    ///   - token: Opens the door for drills; there is none without it.
    public static func open(_ ledger: BankLedger, port: Int = 0, door token: String? = nil) async throws -> BankServer {
        let desk = BankDesk(ledger, token: token)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.speakLines(line: { line, channel in desk.take(line, from: channel) })
                    .map { desk.open(channel) }
            }
            .bind(host: "127.0.0.1", port: port).get()
        return BankServer(port: channel.localAddress?.port ?? 0, desk: desk, channel: channel)
    }

    /// Takes no more, closes every connection and the ledger.
    public func close() async {
        try? await channel.close()
        await desk.close()
    }
}
