import NIOCore
import NIOHTTP1

/// A request, how long to wait, and where its answer goes.
struct Exchange: Sendable {
    let method: String
    let path: String
    let headers: [(String, String)]
    let body: String?
    let limit: TimeAmount
    let promise: EventLoopPromise<HTTPAnswer>
}

/// Turns exchanges into HTTP parts and parts into answers; only ever touched on its event loop.
final class ExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Exchange
    typealias OutboundOut = HTTPClientRequestPart

    private var current: EventLoopPromise<HTTPAnswer>?
    private var deadline: Scheduled<Void>?
    private var head: HTTPResponseHead?
    private var body = ByteBuffer()

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        current = exchange.promise
        body.clear()
        var head = HTTPRequestHead(version: .http1_1, method: .RAW(value: exchange.method), uri: exchange.path)
        head.headers.add(name: "Host", value: "127.0.0.1")
        for (name, value) in exchange.headers { head.headers.add(name: name, value: value) }
        let bytes = exchange.body.map { ByteBuffer(string: $0) }
        if let bytes { head.headers.add(name: "Content-Length", value: "\(bytes.readableBytes)") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if let bytes { context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil) }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: exchange.limit) { bound.value.finish(.failure(.tooLate)) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
        case .body(var part):
            body.writeBuffer(&part)
        case .end:
            guard let head, head.status.code >= 200 else { return }
            let headers = Dictionary(
                head.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
            let keepsAlive = head.isKeepAlive
            let answer = HTTPAnswer(status: Int(head.status.code), headers: headers, body: String(buffer: body))
            self.head = nil
            if !keepsAlive { context.close(promise: nil) }
            finish(.success(answer))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.failure(.closed))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(.failure(error is IOError ? .closed : .broken("\(error)")))
        context.close(promise: nil)
    }

    private func finish(_ result: Result<HTTPAnswer, NoAnswer>) {
        deadline?.cancel()
        deadline = nil
        let promise = current
        current = nil
        switch result {
        case .success(let answer): promise?.succeed(answer)
        case .failure(let error): promise?.fail(error)
        }
    }
}
