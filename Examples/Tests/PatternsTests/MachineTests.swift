import OTP
import OTPTestKit
import Patterns
import Synchronization
import Testing

@Test("Door: opens with its code only, and locks itself ten seconds after it was unlocked or closed") func door() throws
{
    let virtual = VirtualNode()
    let door = try virtual.perform { try await Door.start { Door(code: "1234") } }
    func state() throws -> Door.State {
        try virtual.perform { try await SystemControl.state(of: door) { state, _ in state } }
    }
    try virtual.perform {
        await #expect(throws: Door.Refusal.wrongCode) { try await door.unlock("4321") }
        await #expect(throws: Door.Refusal.doorLocked) { try await door.open() }
        try await door.unlock("1234")
        try await door.open()
        await #expect(throws: Door.Refusal.doorOpen) { try await door.lock() }
    }
    try virtual.advance(by: .seconds(60))
    #expect(try state() == .open)
    try virtual.perform { try await door.close() }
    try virtual.advance(by: .seconds(9))
    #expect(try state() == .unlocked)
    try virtual.advance(by: .seconds(1))
    #expect(try state() == .locked)
}

@Test("Door: the table alone, without a process") func doorTable() async throws {
    let probe = TestProbe<Door>()
    var door = Door(code: "1")
    let (answer, unlocks) = try await probe.call(&door, in: .locked) { .unlock(code: "1", $0) }
    guard case .success? = answer else { throw Exit(.noProcess) }
    guard case .next(.unlocked) = unlocks.target else { throw Exit(.noProcess) }
    #expect(door.handleEvent(.timeout(.autoLock), in: .unlocked, probe.me) == .next(.locked))
    #expect(door.handleEvent(.timeout(.autoLock), in: .open, probe.me) == .unexpected)
    #expect(door.handleEnter(.unlocked, from: .locked, probe.me) == .stay(.stateTimeout(.seconds(10), .autoLock)))
}

@Test("Connection: connects, is lost with its server, tries three times and gives up, and finds a server that is back")
func connection() async throws {
    let server = try EchoServer()
    let (states, entered) = AsyncStream.makeStream(of: Connection.State.self)
    let connection = try await Connection.start {
        Connection(port: server.port, pause: .milliseconds(5)) { entered.yield($0) }
    }
    var seen = states.makeAsyncIterator()
    #expect(await seen.next() == .disconnected)
    await #expect(throws: Connection.Failure.notConnected) { try await connection.echo("too early") }
    try await connection.connect()
    #expect(await seen.next() == .connected)
    #expect(try await connection.echo("hello") == "hello")

    server.stop()
    await #expect(throws: Connection.Failure.sendFailed) { try await connection.echo("anybody?") }
    #expect(await seen.next() == .disconnected)
    await #expect(throws: Connection.Failure.retrying) { try await connection.connect() }
    // The first attempt was the caller's; the other two have an enter call before them.
    #expect(await seen.next() == .connecting)
    #expect(await seen.next() == .connecting)
    #expect(await seen.next() == .disconnected)

    await #expect(throws: Connection.Failure.retrying) { try await connection.connect() }
    #expect(await seen.next() == .connecting)
    let again = try EchoServer(port: server.port)
    var last = await seen.next()
    while last == .connecting { last = await seen.next() }
    if last == .disconnected { try await connection.connect() }
    #expect(try await connection.echo("back") == "back")
    try await connection.disconnect()
    #expect(try await SystemControl.state(of: connection) { state, _ in state } == .disconnected)
    again.stop()
    try await connection.stop()
}

@Test("Payment: authorised, captured, refunded; amounts are checked, and nothing leads out of a final state")
func payment() throws {
    struct Declined: Error {}
    let virtual = VirtualNode()
    let taken = Taken()
    let gateway = Payment.Gateway(
        authorize: { token, _ in if token == "stolen" { throw Declined() } },
        capture: { taken.add($0) }, refund: { taken.add(-$0) })
    try virtual.perform {
        await #expect(throws: StartError.self) { try await Payment.start { try Payment(amount: 0, through: gateway) } }
        let payment = try await Payment.start { try Payment(amount: 10_000, through: gateway) }
        await #expect(throws: Payment.Refusal.invalidEvent) { try await payment.capture() }
        await #expect(throws: Payment.Refusal.declined("Declined()")) { try await payment.authorize("stolen") }
        try await payment.authorize("visa")
        await #expect(throws: Payment.Refusal.invalidEvent) { try await payment.authorize("visa") }
        try await payment.capture()
        #expect(taken.cents == 10_000)
        await #expect(throws: Payment.Refusal.terminalState) { try await payment.cancel() }
        await #expect(throws: Payment.Refusal.invalidAmount) { try await payment.refund(10_001) }
        await #expect(throws: Payment.Refusal.invalidAmount) { try await payment.refund(0) }
        try await payment.refund(4_000)
        #expect(taken.cents == 6_000)
        await #expect(throws: Payment.Refusal.terminalState) { try await payment.refund(1) }
        #expect(try await SystemControl.state(of: payment) { state, _ in state } == .refunded)
    }
}

@Test("Payment: cancelled in time, or when its authorisation runs out") func cancelledPayment() throws {
    let virtual = VirtualNode()
    let gateway = Payment.Gateway(authorize: { _, _ in })
    let (cancelled, expired) = try virtual.perform {
        let cancelled = try await Payment.start { try Payment(amount: 1, through: gateway) }
        try await cancelled.cancel()
        let expired = try await Payment.start {
            try Payment(amount: 1, authorizedFor: .hours(1), through: gateway)
        }
        try await expired.authorize("visa")
        return (cancelled, expired)
    }
    try virtual.advance(by: .hours(1))
    try virtual.perform {
        for payment in [cancelled, expired] {
            let state = try await SystemControl.state(of: payment) { state, _ in state }
            #expect(state == .cancelled)
            await #expect(throws: Payment.Refusal.terminalState) { try await payment.capture() }
        }
    }
}

@Test("the graphs hold no state that nothing leads to and none without a way out") func graphs() {
    #expect(Door.graph.problems.isEmpty && Connection.graph.problems.isEmpty && Payment.graph.problems.isEmpty)
}

/// Money that was taken.
private final class Taken: Sendable {
    private let sum = Mutex(0)
    var cents: Int { sum.withLock { $0 } }
    func add(_ amount: Int) { sum.withLock { $0 += amount } }
}
