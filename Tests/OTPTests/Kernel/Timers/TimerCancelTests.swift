import Synchronization
import Testing

@testable import OTP

/// Timers that are set, cancelled, fired and forgotten at the same time, by whoever has a reference.
@Suite struct TimerCancelTests {
    /// Counts those that exist.
    private final class Token: Sendable {
        let living: Counter
        init(_ living: Counter) {
            self.living = living
            living.value.add(1, ordering: .relaxed)
        }
        deinit { living.value.subtract(1, ordering: .releasing) }
    }

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    /// A message with something to free.
    private struct Parcel: Sendable {
        let number: Int
        let token: Token
    }

    private typealias Shared = LockedBox<[(number: Int, timer: TimerRef)]>

    @Test(
        "each of many timers either delivers or has been cancelled, and nothing is left of it", .timeLimit(.minutes(2)),
        arguments: 0..<4)
    func storm(seed: Int) async {
        await storm(seed: UInt64(seed), message: { $0 }, number: { $0 }, isOver: { true })
        let living = Counter()
        await storm(
            seed: UInt64(seed), message: { Parcel(number: $0, token: Token(living)) }, number: { $0.number },
            isOver: { living.value.load(ordering: .acquiring) == 0 })
    }

    private func storm<Message: Sendable>(
        seed: UInt64, message: @escaping @Sendable (Int) -> Message, number: @escaping @Sendable (Message) -> Int,
        isOver: () -> Bool
    ) async {
        let node = Node(name: "timers \(seed)", workers: 3)
        let shared = Shared([])
        let cancelled = LockedBox<[Int]>([])
        let delivered = LockedBox<[Int]>([])
        let (ends, ended) = AsyncStream.makeStream(of: Void.self)
        let processes = 5, rounds = 300
        let all = (0..<processes).map { process in
            node.spawn(receiving: Message.self) { me in
                var random = SplitMix(seed: seed &* 31 &+ UInt64(process))
                var own: [(number: Int, timer: TimerRef)] = []
                var seen: [Int] = []
                for round in 0..<rounds {
                    let x = process * rounds + round
                    // Some come at once, some soon, some much later than they are cancelled.
                    let delay = Duration.microseconds(Int64(random.next() >> (random.next() % 40 + 24)) % 5_000_000)
                    own.append((x, me.send(message(x), after: delay)))
                    if random.next() % 2 == 0 { shared.withLock { $0.append(own.last!) } }
                    let any = random.next() % 3 == 0 ? shared.withLock { $0.popLast() } : nil
                    for entry in [any, random.next() % 3 == 0 ? own.randomElement(using: &random) : nil] {
                        guard let entry, entry.timer.cancel() != nil else { continue }
                        cancelled.withLock { $0.append(entry.number) }
                        #expect(entry.timer.remaining == nil && entry.timer.cancel() == nil)
                    }
                    if random.next() % 8 == 0, let letter = try await me.receive(within: .microseconds(100)) {
                        seen.append(number(letter))
                    }
                }
                for entry in own where entry.timer.cancel() != nil { cancelled.withLock { $0.append(entry.number) } }
                // What has been delivered is there by now.
                while let letter = try await me.receive(within: .zero) { seen.append(number(letter)) }
                let these = seen
                delivered.withLock { $0 += these }
                ended.yield()
                // Those of a process that is killed are forgotten.
                for x in 0..<500 { me.send(message(x), after: .seconds(x)) }
                _ = try await me.receive(matching: { number($0) == -1 ? $0 : nil })
            }
        }
        var count = 0
        for await _ in ends {
            count += 1
            if count == processes { break }
        }
        for process in all {
            process.sendExit(.kill)
            _ = await process.waitForEnd()
        }
        let both = (delivered.get() + cancelled.get()).sorted()
        #expect(both == Array(0..<processes * rounds))
        let timers = node.scheduler.timers
        let left = timers.guarding.withLock { timers.wheel.count }
        #expect(left == 0)
        // Messages that were delivered are freed by whoever runs the process that has been killed.
        let end = ContinuousClock.now + .seconds(60)
        // The code of one that has been killed may make some more, to be freed at once, until it next suspends.
        var hasEnded = isOver()
        while !hasEnded, ContinuousClock.now < end {
            await Task.yield()
            hasEnded = isOver()
        }
        #expect(hasEnded)
        await node.shutdown()
    }

    @Test func `a reference to a timer that is over means no other, wherever that lies`() throws {
        let node = Node(name: "virtual", seed: 1)
        node.silence()
        let cell = node.makePlain(Int.self, options: SpawnOptions(), parent: nil) { _ in }
        let timers = node.scheduler.timers
        var past: [TimerRef] = []
        for round in 0..<600 {
            let timer = Timers.send(round, to: cell, after: .seconds(1))
            #expect(past.allSatisfy { $0 != timer && $0.remaining == nil && $0.cancel() == nil })
            #expect(timer.remaining == .seconds(1))
            if round % 2 == 0 {
                #expect(timer.cancel() == .seconds(1))
            } else {
                #expect(timers.advanceVirtual(to: .max))
            }
            past = [timer] + past.prefix(4)
        }
        #expect(cell.mailbox.count == 300)
        let many = (0..<100).map { Timers.send($0, to: cell, after: .seconds($0)) }
        cell.kill()
        #expect(many.allSatisfy { $0.remaining == nil && $0.cancel() == nil })
        #expect(Timers.send(1, to: cell, after: .zero) == .none)
        #expect(timers.nextVirtualDeadline == nil)
        cell.releaseInline()
    }

    /// Is being delivered until somebody has waited for its cancellation.
    // @unchecked because what changes is atomic.
    private final class SlowMessage: KeptMessage, @unchecked Sendable {
        let hasBegun = Atomic<Bool>(false)
        let isOver = Atomic<Bool>(false)
        let wasOver = Atomic<Bool>(false)
        let hasReturned = Atomic<Bool>(false)

        override func post(to cell: ProcessCell) {
            hasBegun.store(true, ordering: .releasing)
            // Long enough for a cancellation that does not wait to be over; one that waits is never too early.
            let end = ContinuousClock.now + .milliseconds(30)
            while !hasReturned.load(ordering: .acquiring), ContinuousClock.now < end {}
            isOver.store(true, ordering: .releasing)
        }
    }

    @Test func `a cancellation waits for the delivery that it came too late for`() {
        let node = Node(name: "virtual", seed: 1)
        node.silence()
        let cell = node.makePlain(Int.self, options: SpawnOptions(), parent: nil) { _ in }
        let timers = node.scheduler.timers
        let message = SlowMessage()
        let timer = timers.start(
            .kept(.passUnretained(cell), .passRetained(message)), of: cell, at: timers.now + 1)
        #expect(
            BlockingPool.shared.submit {
                while !message.hasBegun.load(ordering: .acquiring) {}
                let left = timer.cancel()
                message.wasOver.store(message.isOver.load(ordering: .acquiring) && left == nil, ordering: .releasing)
                message.hasReturned.store(true, ordering: .releasing)
            })
        #expect(timers.advanceVirtual(to: .max))
        while !message.hasReturned.load(ordering: .acquiring) {}
        let wasOver = message.wasOver.load(ordering: .acquiring)
        #expect(wasOver)
        cell.kill()
        cell.releaseInline()
    }
}
