public import DrillLog
import NIOCore
import NIOPosix

/// A client that sends its request a few bytes at a time, and reads no faster.
public final class Dawdler: Sendable {
    private let port: Int
    private let log: ClientLog
    public var client: Int { log.client }

    public init(client: Int, port: Int, clock: RunClock, log: LineWriter) {
        self.port = port
        self.log = ClientLog(client: client, operation: "slow", clock: clock, log: log)
    }

    /// One request; returns the status of its answer, or nil if none came.
    public func dawdle(pieces: Int, pause: Duration) async throws -> Int? {
        let number = try log.ask()
        guard let status = await ask(pieces: pieces, pause: pause) else {
            try log.lost(number, .closed)
            return nil
        }
        try log.answered(number, status: status)
        return status
    }

    private func ask(pieces: Int, pause: Duration) async -> Int? {
        let body = #"{"quantity":1}"#
        let text =
            "PUT /carts/slow-\(client)/lines/tea HTTP/1.1\r\nHost: 127.0.0.1\r\nClient: drill-\(client)\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .channelOption(.socketOption(.so_rcvbuf), value: 1_024)
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            return try await channel.executeThenClose { inbound, outbound in
                let bytes = Array(text.utf8)
                let size = max(1, bytes.count / pieces)
                for start in stride(from: 0, to: bytes.count, by: size) {
                    try await outbound.write(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
                    try await Task.sleep(for: pause)
                }
                var answer = ""
                for try await part in inbound {
                    answer += String(buffer: part)
                    try await Task.sleep(for: pause)
                }
                return Self.status(in: answer)
            }
        } catch {
            return nil
        }
    }

    /// "HTTP/1.1 200 OK…" → 200
    static func status(in answer: String) -> Int? {
        guard answer.hasPrefix("HTTP/1.1 ") else { return nil }
        return Int(answer.dropFirst(9).prefix(3))
    }
}
