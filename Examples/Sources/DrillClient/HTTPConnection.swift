import NIOCore
import NIOHTTP1
import NIOPosix

/// What came back.
public struct HTTPAnswer: Sendable, Hashable {
    public let status: Int
    public let headers: [String: String]
    public let body: String
}

/// Why nothing came back.
public enum NoAnswer: Error, Hashable, Sendable, CustomStringConvertible {
    case refused
    case closed
    case tooLate
    case broken(String)

    public var description: String {
        switch self {
        case .refused: "connection refused"
        case .closed: "connection closed"
        case .tooLate: "no answer in time"
        case .broken(let what): what
        }
    }
}

/// One keep-alive connection to 127.0.0.1: one request at a time, over a real socket.
public final class HTTPConnection: Sendable {
    private let channel: any Channel

    private init(_ channel: any Channel) { self.channel = channel }

    public static func open(port: Int) async throws(NoAnswer) -> HTTPConnection {
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .connectTimeout(.seconds(2))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(ExchangeHandler())
                    }
                }
                .connect(host: "127.0.0.1", port: port).get()
            return HTTPConnection(channel)
        } catch {
            throw .refused
        }
    }

    public var isOpen: Bool { channel.isActive }

    /// Sends, and waits for the whole answer. After a failure the connection is closed.
    public func send(
        _ method: String, _ path: String, headers: [(String, String)] = [], body: String? = nil,
        within limit: Duration = .seconds(3)
    ) async throws(NoAnswer) -> HTTPAnswer {
        let promise = channel.eventLoop.makePromise(of: HTTPAnswer.self)
        let milliseconds = limit.components.seconds * 1_000 + limit.components.attoseconds / 1_000_000_000_000_000
        let exchange = Exchange(
            method: method, path: path, headers: headers, body: body, limit: .milliseconds(milliseconds),
            promise: promise)
        channel.writeAndFlush(exchange).cascadeFailure(to: promise)
        do {
            return try await promise.futureResult.get()
        } catch let error as NoAnswer {
            close()
            throw error
        } catch ChannelError.ioOnClosedChannel {
            throw .closed
        } catch is IOError {
            close()
            throw .closed
        } catch {
            close()
            throw .broken("\(error)")
        }
    }

    public func close() { channel.close(promise: nil) }
}
