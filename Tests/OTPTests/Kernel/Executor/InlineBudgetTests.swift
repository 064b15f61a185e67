import Synchronization
import Testing

@testable import OTP

/// Processes that take turns of others on their own thread, one after another: those who wait for the worker get theirs.
@Suite(.timeLimit(.minutes(2))) struct InlineBudgetTests {
    @Test func `who takes turns goes on while nobody waits, and is asked for no time`() {
        var budget = InlineBudget()
        for _ in 0..<3 {
            #expect(
                budget.verdict(in: 1, isWaited: false, hasIdle: true) {
                    Issue.record("a look at the clock that nobody needs")
                    return 0
                } == .goOn)
        }
    }

    @Test func `another worker is woken for who has waited, and again as long as somebody waits`() {
        var budget = InlineBudget()
        func verdict(_ now: UInt64, isWaited: Bool = true) -> InlineBudget.Verdict {
            budget.verdict(in: 1, isWaited: isWaited, hasIdle: true) { now }
        }
        #expect([verdict(50_000), verdict(550_000), verdict(550_001)] == [.goOn, .goOn, .share])
        #expect([verdict(1_050_001), verdict(1_050_002)] == [.goOn, .share])
        // Who comes after a time in which nobody waited has not waited yet.
        #expect([verdict(1_100_000, isWaited: false), verdict(1_900_000)] == [.goOn, .goOn])
    }

    @Test func `where all workers are busy who takes turns gives way after the time of a slice`() {
        var budget = InlineBudget()
        func verdict(_ now: UInt64, round: UInt32 = 1) -> InlineBudget.Verdict {
            budget.verdict(in: round, isWaited: true, hasIdle: false) { now }
        }
        #expect([verdict(1_000), verdict(201_000), verdict(201_001)] == [.goOn, .goOn, .giveWay])
        // What another process does in its own time does not count.
        #expect([verdict(202_000, round: 2), verdict(402_001, round: 2)] == [.goOn, .giveWay])
    }

    @Test func `what was made runnable last is left to the worker that is woken`() {
        let workers = ThreadlessWorkers(2)
        let scheduler = workers.scheduler
        scheduler.startedWorkers.store(2, ordering: .releasing)
        scheduler.idleMask.bitwiseOr(2, ordering: .sequentiallyConsistent)
        OTP.Worker.push(RunItem(bits: 8), on: workers[0])
        let steps = workers[0].pointee.steps.load(ordering: .relaxed)
        while scheduler.hasIdleWorkers { #expect(OTP.Worker.goesOnInline(workers[0])) }
        #expect(workers[1].pointee.parkWord.load(ordering: .acquiring) == 1)
        #expect(scheduler.steal(for: workers[1])?.bits == 8)
        // For the watch that was no standing still.
        #expect(workers[0].pointee.steps.load(ordering: .relaxed) > steps)
    }

    @Test func `to a spare whose help is over nothing is left`() {
        let workers = ThreadlessWorkers(2)
        let scheduler = workers.scheduler
        scheduler.startedWorkers.store(2, ordering: .releasing)
        scheduler.held.store(-1, ordering: .releasing)
        scheduler.idleMask.bitwiseOr(2, ordering: .sequentiallyConsistent)
        OTP.Worker.push(RunItem(bits: 8), on: workers[0])
        let limit = ContinuousClock.now + .seconds(10)
        var goesOn = true
        while goesOn, ContinuousClock.now < limit { goesOn = OTP.Worker.goesOnInline(workers[0]) }
        #expect(!goesOn)
        #expect(scheduler.isIdle(workerAt: 1))
    }

    @Test func `who gives way is not next again`() {
        let workers = ThreadlessWorkers(1)
        OTP.Worker.push(RunItem(bits: 8), on: workers[0])
        while OTP.Worker.goesOnInline(workers[0]) {}
        OTP.Worker.push(RunItem(bits: 16), on: workers[0])
        #expect(OTP.Worker.next(workers[0])?.bits == 8)
        #expect(OTP.Worker.next(workers[0])?.bits == 16)
    }

    @Test func `who gives way lets several of those begin that have come from outside`() {
        let workers = ThreadlessWorkers(1)
        for bits in 1...20 as ClosedRange<UInt> { workers.scheduler.inject(RunItem(bits: bits << 3)) }
        while OTP.Worker.goesOnInline(workers[0]) {}
        // What came from the process itself waits behind them.
        OTP.Worker.pushBack(RunItem(bits: 800), on: workers[0])
        let order = (0..<21).map { _ in OTP.Worker.next(workers[0])!.bits >> 3 }
        #expect(order == Array(1...16) + [100] + Array(17...20))
    }

    @Test func `after a start the worker looks around before the next turn`() {
        let workers = ThreadlessWorkers(1)
        for _ in 0..<3 {
            let steps = workers[0].pointee.steps.load(ordering: .relaxed)
            #expect(OTP.Worker.goesOnInline(workers[0]))
            OTP.Worker.looksNext(workers[0])
            #expect(OTP.Worker.goesOnInline(workers[0]))
            #expect(workers[0].pointee.steps.load(ordering: .relaxed) == steps + 1)
        }
    }

    private struct Standstill: Error {}

    enum Work: CaseIterable { case call, machine, event, start, child }

    @Test(arguments: Work.allCases)
    func `of one worker others have their turn while a process works without suspending`(work: Work) async throws {
        let node = Node(name: "budget", workers: 1)
        // Nobody else helps.
        node.heldWorkerSubstitution = .zero
        let flag = Flag()
        let worker = node.spawn { _ in
            let works = try await Works(knowing: work)
            spawn { _ in flag.raise() }
            try await works.perform(work, until: flag)
        }
        #expect(await worker.waitForEnd()?.isNormal == true)
        await node.shutdown()
    }

    @Test func `of starts that take long a few are enough`() async throws {
        let node = Node(name: "budget", workers: 1)
        node.heldWorkerSubstitution = .zero
        let flag = Flag()
        let starts = LockedBox(0)
        let worker = node.spawn { _ in
            for _ in 0..<3 { try await Thorough.start { Thorough() } }
            spawn { _ in flag.raise() }
            while !flag.isRaised {
                try await Thorough.start { Thorough() }
                starts.withLock { $0 += 1 }
            }
        }
        #expect(await worker.waitForEnd()?.isNormal == true)
        #expect(starts.get() <= 4)
        await node.shutdown()
    }

    enum Waiting: CaseIterable { case fromOutside, asleep }

    @Test(arguments: Waiting.allCases)
    func `so have those who are begun from outside, and those who wake up`(waiting: Waiting) async throws {
        let node = Node(name: "budget", workers: 1)
        node.heldWorkerSubstitution = .zero
        let flag = Flag()
        let begun = Event()
        let worker = node.spawn { _ in
            if waiting == .asleep {
                spawn { me in
                    try await me.sleep(for: .milliseconds(5))
                    flag.raise()
                }
            }
            let works = try await Works(knowing: .call)
            Task.detached { await begun.happen() }
            try await works.perform(.call, until: flag)
        }
        await begun.wait()
        if waiting == .fromOutside { node.spawn { _ in flag.raise() } }
        #expect(await worker.waitForEnd()?.isNormal == true)
        await node.shutdown()
    }

    @Test func `a spare that sleeps since its help is over is nobody to leave it to`() async throws {
        let node = Node(name: "budget", workers: 1)
        let scheduler = node.scheduler
        let busy = node.spawn { _ in
            let limit = ContinuousClock.now + .seconds(60)
            while scheduler.startedWorkers.load(ordering: .acquiring) < 2, ContinuousClock.now < limit {}
        }
        #expect(await busy.waitForEnd()?.isNormal == true)
        // Its help is over when the watch has seen the worker go on, and it has looked around.
        while scheduler.wantedWorkers > 1 || !scheduler.isIdle(workerAt: 1) {
            try await Task.sleep(for: .milliseconds(1))
        }
        node.heldWorkerSubstitution = .zero
        let flag = Flag()
        while !flag.isRaised {
            let worker = node.spawn { _ in
                let works = try await Works(knowing: .call)
                // On the spare it would be the other one that sleeps.
                guard OTP.Worker.current?.pointee.index == 0 else { return }
                spawn { _ in flag.raise() }
                try await works.perform(.call, until: flag)
            }
            #expect(await worker.waitForEnd()?.isNormal == true)
        }
        await node.shutdown()
    }

    private final class Flag: Sendable {
        private let isUp = Atomic<Bool>(false)
        var isRaised: Bool { isUp.load(ordering: .acquiring) }
        func raise() { isUp.store(true, ordering: .releasing) }
    }

    private struct Works: Sendable {
        let quick: ServerRef<Quick>
        let lamp: ServerRef<Toggle>
        let manager: EventManagerRef<Int>
        let supervisor: DynamicSupervisor<Void, ServerRef<Quick>>

        /// The first of a kind may have to suspend: so much has been done of it.
        init(knowing work: Work) async throws {
            quick = try await Quick.start { Quick() }
            lamp = try await Toggle.start { Toggle() }
            manager = try await EventManager<Int>().start()
            try await manager.addHandler { Ear() }
            supervisor = DynamicSupervisor { (_: Void, _) in Quick() }
            try await supervisor.start()
            for _ in 0..<3 { try await perform(work) }
        }

        func perform(_ work: Work, until flag: Flag) async throws {
            let limit = ContinuousClock.now + .seconds(60)
            while !flag.isRaised {
                try await perform(work)
                if ContinuousClock.now > limit { throw Standstill() }
            }
        }

        private func perform(_ work: Work) async throws {
            switch work {
            case .call: _ = try await quick.call { .add(1, $0) }
            case .machine: _ = try await lamp.call { .press($0) }
            case .event: try await manager.syncNotify(1)
            case .start: try await Quick.start { Quick() }.stop()
            case .child: try await supervisor.terminateChild(supervisor.startChild(()))
            }
        }
    }
}

/// Takes longer to begin than a process may take turns of others while somebody waits.
private struct Thorough: GenServer {
    init() {
        let limit = ContinuousClock.now + .milliseconds(1)
        while ContinuousClock.now < limit {}
    }
}

private struct Toggle: SynchronousGenStateMachine {
    enum State: Sendable { case on, off }
    enum Call: Sendable { case press(Reply<State>) }
    let initialState = State.off

    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition {
        guard case .call(.press(let reply)) = event else { return .unexpected }
        return .next(state == .on ? .off : .on, .reply(reply, state))
    }
}

private struct Ear: SynchronousEventHandler {
    func handleEvent(_ event: Int) -> Next { .keep }
}
