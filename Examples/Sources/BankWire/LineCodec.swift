public import NIOCore

/// Lines in and out of a TCP connection.
public struct LineCodec: NIOSingleStepByteToMessageDecoder, MessageToByteEncoder {
    public typealias InboundOut = String
    public typealias OutboundIn = String

    /// Nobody may make the other side remember more than this.
    public static let longest = 1_024

    public struct TooLong: Error {}

    public init() {}

    public func decode(buffer: inout ByteBuffer) throws -> String? {
        guard let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else {
            if buffer.readableBytes > Self.longest { throw TooLong() }
            return nil
        }
        let length = end - buffer.readerIndex
        guard length <= Self.longest, let line = buffer.readString(length: length) else { throw TooLong() }
        buffer.moveReaderIndex(forwardBy: 1)
        return line
    }

    public func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> String? { try decode(buffer: &buffer) }

    public func encode(data: String, out: inout ByteBuffer) throws {
        out.writeString(data)
        out.writeInteger(UInt8(ascii: "\n"))
    }
}

extension Channel {
    /// Speaks in lines; each that comes, and the end, is told.
    public func speakLines(
        line: @escaping @Sendable (String, any Channel) -> Void, end: @escaping @Sendable () -> Void = {}
    ) -> EventLoopFuture<Void> {
        eventLoop.makeCompletedFuture {
            try pipeline.syncOperations.addHandler(ByteToMessageHandler(LineCodec()))
            try pipeline.syncOperations.addHandler(MessageToByteHandler(LineCodec()))
            try pipeline.syncOperations.addHandler(LineListener(line: line, end: end))
        }
    }
}

private final class LineListener: ChannelInboundHandler {
    typealias InboundIn = String

    private let line: @Sendable (String, any Channel) -> Void
    private let end: @Sendable () -> Void

    init(line: @escaping @Sendable (String, any Channel) -> Void, end: @escaping @Sendable () -> Void) {
        self.line = line
        self.end = end
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { line(unwrapInboundIn(data), context.channel) }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
