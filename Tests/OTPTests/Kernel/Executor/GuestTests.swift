import Foundation
import Synchronization
import Testing

@testable import OTP

/// What threads that are none of ours find without waiting for each other.
@Suite(.timeLimit(.minutes(2))) struct GuestTests {
    /// Whether ordinary tasks have no threads of their own: known when the default node has begun.
    private static var tasksAreOnWorkers: Bool {
        _ = Node.current
        return ProcessWideExecutor.isInstalled
    }

    @Test func `a guest is lent to one thread at a time, and found again by the one that had it`() {
        let workers = ThreadlessWorkers(1)
        let guests = Guests()
        let place = guests.ownPlace
        #expect(guests.take(from: place) == nil)
        guests.giveBack(workers[0], to: place)
        #expect(guests.take(from: place) == workers[0])
        #expect(guests.take(from: place) == nil)
    }

    @Test func `one whose place has been taken meanwhile is for whoever comes next, from wherever`() {
        let workers = ThreadlessWorkers(2)
        let guests = Guests()
        let place = guests.ownPlace
        guests.giveBack(workers[0], to: place)
        guests.giveBack(workers[1], to: place)
        let elsewhere = Self.onOtherThreads(1) { guests.take(from: guests.ownPlace).map { UInt(bitPattern: $0) } }
        let here = guests.take(from: place).map { UInt(bitPattern: $0) }
        #expect(Set(elsewhere + [here]) == Set([workers[0], workers[1]].map { UInt(bitPattern: $0) }))
    }

    @Test func `a guest keeps its runner: calls from outside leave as many as there were`() async throws {
        let node = Node(name: "guests", workers: 2)
        node.heldWorkerSubstitution = .zero
        let server = try await node.with { try await Quick.start { Quick() } }
        // Until there are runners to spare for guests.
        for _ in 0..<100 { _ = try await server.call { .add(1, $0) } }
        let before = node.scheduler.runnerCount.load(ordering: .relaxed)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { for _ in 0..<2_000 { _ = try await server.call { .add(1, $0) } } }
            }
            try await group.waitForAll()
        }
        #expect(try await server.call { .add(0, $0) } == 16_100)
        // One for each of those that were there at the same time, and no more with each call.
        #expect(node.scheduler.runnerCount.load(ordering: .relaxed) <= before + 64)
        await node.shutdown()
    }

    @Test func `what an ordinary task starts and stops runs on its thread, if there is a runner for it`() async throws {
        if Self.tasksAreOnWorkers { return }
        let node = Node(name: "guests", workers: 2)
        var places = Set<Place>()
        while places.count < 2 {
            let here = pthread_self()
            let seen = LockedBox(Set<Place>())
            let server = try await node.with {
                try await Visitor.start {
                    if pthread_equal(pthread_self(), here) != 0 { seen.withLock { _ = $0.insert(.start) } }
                    return Visitor(
                        place: Ending {
                            if pthread_equal(pthread_self(), here) != 0 { seen.withLock { _ = $0.insert(.end) } }
                        })
                }
            }
            try await server.stop()
            places.formUnion(seen.get())
        }
        await node.shutdown()
    }

    @Test func `so does the child that it asks an idle supervisor for`() async throws {
        if Self.tasksAreOnWorkers { return }
        let began = LockedBox<ThreadOfHandler?>(nil)
        let supervisor = DynamicSupervisor { (_: Void, _) in
            began.withLock { $0 = ThreadOfHandler(thread: pthread_self()) }
            return Visitor(place: Ending {})
        }
        _ = try await supervisor.start()
        while true {
            let here = pthread_self()
            let child = try await supervisor.startChild(())
            let there = began.get()!.thread
            try await supervisor.terminateChild(child)
            if pthread_equal(here, there) != 0 { break }
        }
        try await supervisor.stop()
    }

    enum Starter: CaseIterable { case hasLimit, isActor }

    @Test(arguments: Starter.allCases)
    func `who wants to wait no longer than a time, or is an actor, keeps its thread for itself`(
        starter: Starter
    ) async throws {
        if Self.tasksAreOnWorkers { return }
        // On the node that everybody has: to choose another one would leave the actor.
        let server = try await Quick.start { Quick() }
        for _ in 0..<100 { _ = try await server.call { .add(1, $0) } }
        let wasElsewhere =
            switch starter {
            case .hasLimit: try await Self.startsElsewhere(timeout: .seconds(60))
            case .isActor: try await Host().startsElsewhere()
            }
        #expect(wasElsewhere)
        try await server.stop()
    }

    private actor Host {
        func startsElsewhere() async throws -> Bool { try await GuestTests.startsElsewhere(timeout: nil) }
    }

    private nonisolated(nonsending) static func startsElsewhere(timeout: Duration?) async throws -> Bool {
        let wasHere = LockedBox(false)
        for _ in 0..<100 {
            let here = pthread_self()
            let server = try await Visitor.start(timeout: timeout) {
                if pthread_equal(pthread_self(), here) != 0 { wasHere.withLock { $0 = true } }
                return Visitor(place: Ending {})
            }
            try await server.stop()
        }
        return !wasHere.get()
    }

    @Test func `the terminate of another runs elsewhere, for whoever stops it waits for a time only`() async throws {
        if Self.tasksAreOnWorkers { return }
        let wasHere = LockedBox(false)
        for _ in 0..<100 {
            let here = pthread_self()
            let server = try await Leaver.start {
                Leaver { if pthread_equal(pthread_self(), here) != 0 { wasHere.withLock { $0 = true } } }
            }
            // Where this goes on, if the start has suspended, is another thread: only one that it has not left counts.
            if pthread_equal(pthread_self(), here) != 0 { try await server.stop() }
        }
        #expect(!wasHere.get())
    }

    private struct Leaver: GenServer {
        let leave: @Sendable () -> Void
        func terminate(reason: ExitReason, _ me: Me) { leave() }
    }

    private enum Place { case start, end }

    private final class Ending: Sendable {
        private let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        deinit { body() }
    }

    private struct Visitor: GenServer {
        let place: Ending
    }

    @Test func `numbers of callers that are no processes are nobody else's`() async throws {
        let node = Node(name: "callers", workers: 2)
        let outside = Self.onOtherThreads(4) { (0..<1_000).map { _ in node.nextCallerPID().raw } }
        let processes = (0..<1_000).map { _ in node.nextPID().raw }
        let all = outside.joined() + processes
        #expect(Set(all).count == all.count)
        #expect(all.allSatisfy { PID(raw: $0).node == node.id && PID(raw: $0).number > 0 })
        await node.shutdown()
    }

    @Test func `of a node without threads they come one after the other, whichever thread asks`() {
        let node = Node(name: "seeded", seed: 1)
        let numbers = (0..<40).flatMap { _ in Self.onOtherThreads(1) { node.nextCallerPID().number } }
        #expect(numbers == Array(numbers[0]..<numbers[0] + 40))
    }

    @Test func `who takes long on the thread of a task has its turns elsewhere for a while`() async throws {
        if Self.tasksAreOnWorkers { return }
        let node = Node(name: "guests", workers: 2)
        node.heldWorkerSubstitution = .zero
        let server = try await node.with { try await Slow.start { Slow() } }
        var here = 0
        for _ in 0..<400 {
            let thread = pthread_self()
            let place = try await server.call { .work($0) }
            if pthread_equal(place.thread, thread) != 0 { here += 1 }
        }
        // One of sixteen runs is timed, after which eight at least are for workers, then ever more.
        #expect(here < 200)
        await node.shutdown()
    }

    // @unchecked because a thread's handle is a number to compare with, or a pointer that nobody follows.
    private struct ThreadOfHandler: @unchecked Sendable { let thread: pthread_t }

    private struct Slow: GenServer {
        enum Call: Sendable { case work(Reply<ThreadOfHandler>) }
        func handleCall(_ call: Call, _ me: Me) -> Next {
            switch call {
            case .work(let reply):
                let limit = ContinuousClock.now + .microseconds(200)
                while ContinuousClock.now < limit {}
                return reply(ThreadOfHandler(thread: pthread_self()))
            }
        }
    }

    @Test func `slots that one thread gives back are found by others, each by one`() {
        let pool = CallSlotPool()
        let given = (0..<100).map { _ in CallSlot.make() }
        for slot in given { pool.give(slot) }
        let taken = Self.onOtherThreads(4) {
            (0..<25).compactMap { _ in pool.take().map { UInt(bitPattern: $0.body) } }
        }
        #expect(taken.joined().sorted() == given.map { UInt(bitPattern: $0.body) }.sorted())
        #expect(pool.take() == nil)
    }

    /// Does something on so many threads at once; what each of them got.
    private static func onOtherThreads<Value: Sendable>(
        _ count: Int, _ body: @escaping @Sendable () -> Value
    ) -> [Value] {
        let values = LockedBox<[Value]>([])
        let ended = DispatchSemaphore(value: 0)
        for _ in 0..<count {
            Thread {
                let value = body()
                values.withLock { $0.append(value) }
                ended.signal()
            }.start()
        }
        for _ in 0..<count { ended.wait() }
        return values.withLock { $0 }
    }
}
