import OTPTestKit
import Synchronization
import Testing

@testable import OTP

/// How long a process keeps its worker while others wait.
@Suite struct SliceLengthTests {
    @Test func `a second step is always taken, others as long as the time has not come`() {
        var length = SliceLength()
        let taken = [5, 5 + SliceLength.longest - 1, 5 + SliceLength.longest].map { length.goesOn(now: $0) }
        #expect(taken == [true, true, false])
    }

    @Test func `under a seed the clock is not asked`() {
        var length = SliceLength()
        let taken = (0..<3).map { _ in length.goesOn(now: nil) }
        #expect(taken == [true, false, false])
    }

    @Test func `a server that always finds a message lets others run all the same`() throws {
        let lines = try played { me, journal in
            let other = me.node.spawn(receiving: Int.self) { me in
                _ = try await me.receive()
                journal.note("other")
            }
            let busy = try await Busy.start { Busy(journal: journal, other: other) }
            for number in 1...1_000 { busy.cast(number) }
            #expect(await other.waitForEnd()?.isNormal == true)
            try await busy.stop()
        }
        // Whose turn it is when a slice has ended is up to the seed.
        let place = lines.firstIndex(of: "other") ?? .max
        #expect(place < 1_000, "others had to wait for \(place) messages")
    }

    @Test func `two that call each other on and on leave their only worker to a third`() async throws {
        let node = Node(name: "ping-pong", workers: 1)
        let calls = Mutex(0)
        let caller = node.spawn { me in
            let server = try await CodeServer.start { CodeServer() }
            let third = me.node.spawn { _ in }
            while third.isAlive, calls.withLock({ $0 < 100_000 }) {
                _ = try await server.run { _ in 0 }
                calls.withLock { $0 += 1 }
            }
            try await server.stop()
        }
        #expect(await caller.waitForEnd()?.isNormal == true)
        #expect(calls.withLock { $0 } < 1_000)
    }
}

private struct Busy: GenServer {
    let journal: SceneLog
    let other: ProcessRef<Int>

    mutating func handleCast(_ number: Int, _ me: Me) -> Next {
        journal.note("\(number)")
        if number == 1 { other.send(0) }
        return .receive
    }
}
