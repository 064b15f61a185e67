import OTP
import Testing

/// Races of two parties for one moment, over and over: going idle and being woken, being born and being killed.
/// What gets lost here shows as a message that does not come; the limit only ends a test that has failed.
@Suite("litmus storms") struct ParkingTests {
    private static let rounds = StormOptions.fromEnvironment.litmus
    private static let limit = Duration.seconds(100)

    @Test("A message from outside always wakes an idle process", .timeLimit(.minutes(5))) func pings() async throws {
        let node = Node(name: "litmus")
        await withTaskGroup(of: Int.self) { group in
            for seed in 0..<4 {
                group.addTask {
                    let (pongs, pong) = AsyncStream<Int>.makeStream()
                    let echo = node.spawn(receiving: Int.self) { me in
                        while true { pong.yield(try await me.receive()) }
                    }
                    var random = SeededRandom(seed: UInt64(seed))
                    var seen = 0
                    var iterator = pongs.makeAsyncIterator()
                    for round in 0..<Self.rounds {
                        // Sometimes the process has gone idle, sometimes its worker is just about to park.
                        for _ in 0..<(random.next() % 3_000) { seen &+= 0 }
                        echo.send(round)
                        if await iterator.next() == round { seen += 1 }
                    }
                    return seen
                }
            }
            for await seen in group { #expect(seen == Self.rounds) }
        }
        await node.shutdown(deadline: .zero)
    }

    @Test("A message that goes round through idle processes is never lost", .timeLimit(.minutes(5)))
    func ring() async throws {
        let node = Node(name: "litmus ring")
        let (laps, lap) = AsyncStream<Int>.makeStream()
        let last = node.spawn(receiving: Int.self) { me in
            while true { lap.yield(try await me.receive()) }
        }
        var next = last
        for _ in 0..<5 {
            next = node.spawn(receiving: Int.self) { [next] me in
                while true { next.send(try await me.receive()) }
            }
        }
        var iterator = laps.makeAsyncIterator()
        for round in 0..<Self.rounds {
            next.send(round)
            #expect(await iterator.next() == round)
        }
        await node.shutdown(deadline: .zero)
    }

    @Test("The end of a process killed while it begins is told to its link and its monitor", .timeLimit(.minutes(5)))
    func births() async throws {
        enum Told: Sendable { case exit(PID), down(PID) }
        let node = Node(name: "litmus births")
        let parent = node.spawn(receiving: Told.self) { me in
            me.trapExits { .exit($0.pid) }
            for round in 0..<Self.rounds {
                let child = me.spawnLink(receiving: Int.self) { child in _ = try await child.receive() }
                if round % 2 == 0 { child.send(round) }
                me.monitor(child.pid) { .down($0.pid) }
                me.sendExit(.kill, to: child.pid)
                let exit: PID? = try await me.receive(within: Self.limit) {
                    if case .exit(let pid) = $0 { pid } else { nil }
                }
                let down: PID? = try await me.receive(within: Self.limit) {
                    if case .down(let pid) = $0 { pid } else { nil }
                }
                #expect(exit == child.pid && down == child.pid, "round \(round)")
                if exit == nil || down == nil { return }
            }
        }
        #expect(await parent.waitForEnd()?.isNormal == true)
        await node.shutdown(deadline: .zero)
    }
}
