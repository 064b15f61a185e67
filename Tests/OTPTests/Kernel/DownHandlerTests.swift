import Testing

@testable import OTP

@Suite struct DownHandlerTests {
    private final class Content: Sendable {
        let text: String
        init(_ text: String) { self.text = text }
    }

    private enum Message { case down(PID, [String], Content), other }

    private func notice(_ number: UInt64) -> DownMessage {
        DownMessage(monitor: .probe, pid: PID(node: 0, number: number), reason: .normal)
    }

    @Test func `the function comes out as it went in, whatever it has captured`() {
        let plain = DownHandler { (message: DownMessage) in message.pid }
        #expect(plain.info(PID.self, of: notice(3)) == PID(node: 0, number: 3))
        let content = Content("captured"), more = ["a", "b"]
        let capturing = DownHandler { (message: DownMessage) -> Message in .down(message.pid, more, content) }
        guard case .down(let pid, let texts, let found) = capturing.info(Message.self, of: notice(4)) else {
            Issue.record("another message")
            return
        }
        #expect(pid == PID(node: 0, number: 4) && texts == more && found === content)
        let nothing = DownHandler { (_: DownMessage) -> Void in }
        nothing.info(Void.self, of: notice(5))
    }

    @Test func `through generic code it is the same function`() {
        func kept<Info>(_ make: @escaping @Sendable (DownMessage) -> Info) -> DownHandler { DownHandler(make) }
        func called<Info>(_ handler: DownHandler, _ type: Info.Type) -> Info { handler.info(type, of: notice(6)) }
        let suffix = "!"
        #expect(called(kept { "\($0.pid)" + suffix }, String.self) == "<0.6.0>!")
        #expect(called(kept { $0.pid.number }, UInt64.self) == 6)
    }

    @Test func `what it has captured lives as long as it`() {
        weak var content: Content?
        do {
            let captured = Content("captured")
            content = captured
            let handler = DownHandler { (_: DownMessage) in captured.text }
            let copies = [handler, handler]
            #expect(copies.map { $0.info(String.self, of: notice(1)) } == ["captured", "captured"])
        }
        #expect(content == nil)
    }
}
