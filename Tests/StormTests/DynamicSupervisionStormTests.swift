import OTP
import Synchronization
import Testing

/// Supervisors whose children are begun and ended on the threads of those who ask, on many at once, while some are killed and
/// some end by themselves: every request is answered, every child that was started is told of or gone, and what it had
/// is freed.
@Suite("dynamic supervision storms", .serialized) struct DynamicSupervisionStormTests {
    /// Counts states that are there.
    private final class Population: Sendable {
        let made = Atomic<Int>(0)
        let freed = Atomic<Int>(0)
    }

    private final class Life: Sendable {
        let population: Population
        init(_ population: Population) {
            self.population = population
            population.made.add(1, ordering: .relaxed)
        }
        deinit { population.freed.add(1, ordering: .relaxed) }
    }

    private struct Unfit: Error {}

    private struct Mayfly: GenServer {
        enum Call: Sendable { case number(Reply<Int>) }
        enum Cast: Sendable { case end, crash }
        let number: Int
        let life: Life

        mutating func handleCall(_ call: Call, _ me: Me) -> Next {
            switch call {
            case .number(let reply): reply(number)
            }
        }
        mutating func handleCast(_ cast: Cast, _ me: Me) throws -> Next {
            switch cast {
            case .end: return .stop(.normal)
            case .crash: throw Unfit()
            }
        }
    }

    @Test("Children come and go at the request of many at once", .timeLimit(.minutes(5)))
    func comeAndGo() async throws {
        let node = Node(name: "dynamic supervision storm")
        node.silence()
        let population = Population()
        @Sendable func supervisor(_ restart: Restart) -> DynamicSupervisor<Int, ServerRef<Mayfly>> {
            DynamicSupervisor(restarts: .atMost(1_000_000, in: .seconds(1)), restart: restart) { number, me in
                if number % 13 == 0 { throw Unfit() }
                if number % 17 == 0 { throw StartSignal.ignore }
                if number % 19 == 0 { me.node.sendExit(.kill, to: me.pid) }
                return Mayfly(number: number, life: Life(population))
            }
        }
        let supervisors = [supervisor(.temporary), supervisor(.permanent), supervisor(.transient)]
        let refs = try await node.with {
            var refs: [SupervisorRef] = []
            for supervisor in supervisors { refs.append(try await supervisor.start()) }
            return refs
        }
        let answered = Atomic<Int>(0)
        let askers = (0..<8).map { seed in
            node.spawn { _ in
                var random = SeededRandom(seed: UInt64(seed))
                for _ in 0..<StormOptions.fromEnvironment.blows {
                    let supervisor = supervisors[Int(random.next() % 3)]
                    let number = Int(random.next() % 1000) + 1
                    do {
                        let child = try await supervisor.startChild(number)
                        switch random.next() % 8 {
                        case 0: child.cast(.end)
                        case 1: child.cast(.crash)
                        case 2: child.sendExit(.kill)
                        case 3: child.sendExit(.reason(.shutdown))
                        case 4: _ = try? await child.call { .number($0) }
                        case 5: if let other = try await supervisor.children().first { other.sendExit(.kill) }
                        default: break
                        }
                        // Not found, if it has ended meanwhile or been started again.
                        try? await supervisor.terminateChild(child)
                        if child.isAlive { throw Unfit() }
                    } catch is SupervisorError {
                    } catch is StartError {}
                    answered.add(1, ordering: .relaxed)
                }
            }
        }
        for asker in askers { #expect(await asker.waitForEnd()?.isNormal == true) }
        #expect(answered.load(ordering: .relaxed) == 8 * StormOptions.fromEnvironment.blows)
        for ref in refs { #expect(ref.isAlive) }
        try await node.with {
            for supervisor in supervisors {
                while let child = try await supervisor.children().first { try? await supervisor.terminateChild(child) }
            }
        }
        for ref in refs { try await ref.stop() }
        while population.freed.load(ordering: .acquiring) < population.made.load(ordering: .acquiring) {
            await Task.yield()
        }
        #expect(node.processCount == 0)
        await node.shutdown(deadline: .zero)
    }
}
