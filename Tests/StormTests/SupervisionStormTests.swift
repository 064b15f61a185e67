import OTP
import Synchronization
import Testing

/// A tree whose children are killed, crashed and hung from eight sides at once must stand again, and code of a child
/// must never run in two of its incarnations at a time.
@Suite("supervision storms", .serialized) struct SupervisionStormTests {
    /// How often each child was started, and in how many incarnations of it code runs.
    private final class Ledger: Sendable {
        private let counts = Locked<[Int: (started: Int, running: Int)]>([:])

        func begin(_ child: Int) { counts.withLock { $0[child, default: (0, 0)].started += 1 } }

        /// - Returns: in how many incarnations of this child code runs now, the caller's among them.
        func enter(_ child: Int) -> Int {
            counts.withLock {
                $0[child, default: (0, 0)].running += 1
                return $0[child, default: (0, 0)].running
            }
        }

        func leave(_ child: Int) { counts.withLock { $0[child, default: (0, 0)].running -= 1 } }
        var started: [Int] { counts.withLock { counts in (0..<10).map { counts[$0]?.started ?? 0 } } }
    }

    private struct Victim: GenServer {
        enum Call: Sendable { case ping(Reply<Int>), fail(Reply<Int>) }
        enum Cast: Sendable { case hang, work }
        let number: Int
        let ledger: Ledger

        private func enter() {
            let running = ledger.enter(number)
            #expect(running == 1, "code of \(running) incarnations of victim \(number) runs at once")
        }

        mutating func handleCall(_ call: Call, _ me: Me) async throws -> Next {
            enter()
            defer { ledger.leave(number) }
            switch call {
            case .ping(let reply): return reply(number)
            case .fail: throw Exit(.shutdown(detail: "failed"))
            }
        }

        mutating func handleCast(_ cast: Cast, _ me: Me) async throws -> Next {
            enter()
            defer { ledger.leave(number) }
            switch cast {
            case .hang: await Hang.untilCancelled()
            case .work: for _ in 0..<3 { await Task.yield() }
            }
            return .receive
        }
    }

    private static func name(_ number: Int) -> ServerName<Victim> { ServerName("victim \(number)") }

    private static func tree(_ ledger: Ledger) -> Supervisor {
        @Sendable func child(_ number: Int) -> ChildSpec {
            var spec = Victim.child(ChildID(number), name: name(number)) { _ in
                ledger.begin(number)
                return Victim(number: number, ledger: ledger)
            }
            // Longer than the machine can stand still: only a cancellation that got lost makes two run, or none end.
            spec.zombieGrace = .seconds(3600)
            return spec
        }
        @Sendable func branch(_ id: ChildID, _ strategy: Supervisor.Strategy, _ numbers: Range<Int>) -> Supervisor {
            Supervisor(id, strategy, restarts: .atMost(1_000_000, in: .seconds(1))) {
                for number in numbers { child(number) }
            }
        }
        return Supervisor(.oneForOne, restarts: .atMost(1_000_000, in: .seconds(1))) {
            branch("alone", .oneForOne, 0..<4)
            branch("together", .oneForAll, 4..<7)
            branch("rest", .restForOne, 7..<10)
        }
    }

    @Test("A tree stands again after kills, crashes and hangs from eight sides", .timeLimit(.minutes(5)))
    func stands() async throws {
        let node = Node(name: "supervision storm")
        node.silence()
        let ledger = Ledger()
        let root = try await node.with { try await Self.tree(ledger).start() }
        let blows = Atomic<Int>(0)
        let attackers = (0..<8).map { seed in
            node.spawn(receiving: Int.self) { me in
                var random = SeededRandom(seed: UInt64(seed))
                for _ in 0..<StormOptions.fromEnvironment.blows {
                    let victim = Self.name(Int(random.next() % 10))
                    guard let server = victim.whereIs() else {
                        try await me.yield()
                        continue
                    }
                    switch random.next() % 8 {
                    case 0, 1:
                        me.sendExit(.kill, to: server.pid)
                        blows.add(1, ordering: .relaxed)
                    case 2: me.sendExit(.shutdown, to: server.pid)
                    case 3: _ = try? await server.call { .fail($0) }
                    case 4: server.cast(.hang)
                    case 5: server.cast(.work)
                    default: _ = try? await server.call(timeout: .milliseconds(5)) { .ping($0) }
                    }
                }
            }
        }
        for attacker in attackers { #expect(await attacker.waitForEnd()?.isNormal == true) }
        #expect(blows.load(ordering: .relaxed) > 0)
        await node.with {
            // Whoever was left hanging is ended too; then every name leads to a child that answers.
            for number in 0..<10 { if let server = Self.name(number).whereIs() { server.sendExit(.kill) } }
            for number in 0..<10 {
                while (try? await Self.name(number).call { .ping($0) }) != number { await Task.yield() }
            }
        }
        #expect(ledger.started.allSatisfy { $0 > 1 }, "\(ledger.started)")
        for branch: ChildID in ["alone", "together", "rest"] { #expect(try await root.pid(of: branch) != nil) }
        try await root.stop()
        await node.shutdown(deadline: .zero)
    }
}
