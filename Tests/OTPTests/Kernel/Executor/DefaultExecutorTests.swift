#if os(Linux) && compiler(>=6.3) && compiler(<6.4)
    import Dispatch
    import Foundation
    import Testing
    @_spi(ExperimentalCustomExecutors) @_spi(ExperimentalScheduling) import _Concurrency

    @testable import OTP

    /// Sleeps and yields with the process-wide executor, each in a program of its own: installing cannot be undone.
    @Suite(.serialized, .timeLimit(.minutes(2))) struct DefaultExecutorTests {
        @Test func `what sleeps or yields goes on on a worker`() async {
            await #expect(processExitsWith: .success) {
                try Self.install()
                try await Task.detached {
                    for _ in 0..<20 {
                        await Task.yield()
                        try #require(KernelWorker.current?.pointee.role == .thread)
                        try await Task.sleep(for: .microseconds(10))
                        try #require(KernelWorker.current?.pointee.role == .thread)
                        try await Task.sleep(nanoseconds: 10_000)
                        try #require(KernelWorker.current?.pointee.role == .thread)
                        try await Task.sleep(until: .now + .microseconds(10), clock: .suspending)
                        try #require(KernelWorker.current?.pointee.role == .thread)
                        try await Task.sleep(until: .now - .seconds(1), clock: .continuous)
                        try #require(KernelWorker.current?.pointee.role == .thread)
                    }
                }.value
            }
        }

        @Test func `a handler that sleeps or yields is the same process on a worker`() async {
            await #expect(processExitsWith: .success) {
                try Self.install()
                let server = try await CodeServer.start { CodeServer() }
                let pid = server.pid
                for _ in 0..<20 {
                    let places = try await server.run { _ in
                        var onWorkers = 0
                        for round in 0..<4 {
                            if round % 2 == 0 {
                                await Task.yield()
                            } else {
                                try? await Task.sleep(for: .microseconds(10))
                            }
                            if KernelWorker.current?.pointee.role == .thread, CurrentProcess.cell?.pid == pid {
                                onWorkers += 1
                            }
                        }
                        return onWorkers
                    }
                    try #require(places == 4)
                }
            }
        }

        @Test func `tasks that sleep and yield while it is installed go on`() async {
            await #expect(processExitsWith: .success) {
                unsetenv("OTP_EXECUTOR")
                let isInstalled = LockedBox(false), rounds = LockedBox(0)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            // Some rounds before, and some after.
                            var left = 20
                            while left > 0 {
                                await Task.yield()
                                try await Task.sleep(for: .microseconds(1))
                                rounds.withLock { $0 += 1 }
                                if isInstalled.get() { left -= 1 }
                            }
                            try #require(KernelWorker.current?.pointee.role == .thread)
                        }
                    }
                    while rounds.get() < 100 { await Task.yield() }
                    try ProcessWideExecutor.install()
                    isInstalled.withLock { $0 = true }
                    try await group.waitForAll()
                }
            }
        }

        @Test func `a sleep is never too short, and ends at once when its task is cancelled`() async {
            await #expect(processExitsWith: .success) {
                try Self.install()
                try await Task.detached {
                    for delay in [0, 1, 50, 3_000] {
                        let (start, suspending) = (ContinuousClock.now, SuspendingClock.now)
                        try await Task.sleep(for: .microseconds(delay), tolerance: .seconds(10))
                        try #require(ContinuousClock.now - start >= .microseconds(delay))
                        try await SuspendingClock().sleep(for: .microseconds(delay))
                        try #require(SuspendingClock.now - suspending >= .microseconds(2 * delay))
                    }
                    let sleeper = Task { try await Task.sleep(for: .seconds(3_600)) }
                    for _ in 0..<100 { await Task.yield() }
                    sleeper.cancel()
                    await #expect(throws: CancellationError.self) { try await sleeper.value }
                }.value
            }
        }

        @Test func `who yields lets all others have their turn first`() async {
            await #expect(processExitsWith: .success) {
                setenv("OTP_WORKERS", "1", 1)
                try Self.install()
                Node.default.heldWorkerSubstitution = .zero
                let counts = LockedBox([0, 0, 0])
                try await Task.detached {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for index in 0..<3 {
                            group.addTask {
                                // Until all of them are there.
                                counts.withLock { $0[index] = 1 }
                                while counts.get().contains(0) { await Task.yield() }
                                for _ in 0..<200 {
                                    counts.withLock { $0[index] += 1 }
                                    let now = counts.get()
                                    try #require(now.max()! - now.min()! <= 2)
                                    await Task.yield()
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                }.value
                try #require(counts.get() == [201, 201, 201])
            }
        }

        @Test func `the main actor sleeps and yields on the main queue`() async {
            await #expect(processExitsWith: .success) {
                try Self.install()
                let work = Task { @MainActor in
                    for _ in 0..<20 {
                        await Task.yield()
                        dispatchPrecondition(condition: .onQueue(.main))
                        try await Task.sleep(for: .microseconds(10))
                        dispatchPrecondition(condition: .onQueue(.main))
                    }
                }
                try await work.value
            }
        }

        @Test func `who prefers the executor of all tasks has it`() async {
            await #expect(processExitsWith: .success) {
                try Self.install()
                let sum = await withTaskExecutorPreference(globalConcurrentExecutor) {
                    await withTaskGroup(of: Int.self) { group in
                        for number in 1...100 {
                            group.addTask {
                                await Task.yield()
                                return number
                            }
                        }
                        return await group.reduce(0, +)
                    }
                }
                try #require(sum == 5_050)
            }
        }

        @Test func `it is refused to a program that has a default executor of its own`() async {
            await #expect(processExitsWith: .success) {
                unsetenv("OTP_EXECUTOR")
                _createExecutors(factory: Foreign.self)
                #expect(throws: ProcessWideExecutor.InstallError.hookIsTaken) { try ProcessWideExecutor.install() }
                try #require(!ProcessWideExecutor.isInstalled)
                try #require(Task.defaultExecutor === Foreign.mine)
                let server = try await CodeServer.start { CodeServer() }
                try #require(try await server.run { _ in 1 } == 1)
            }
        }

        @Test func `by a clock that is none of the runtime's nobody waits, which is said`() async throws {
            let result = try #require(
                await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                    try Self.install()
                    await Task(executorPreference: WaitsByTestClock()) {}.value
                })
            #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains("by TestClock it cannot"))
        }

        private static func install() throws {
            unsetenv("OTP_EXECUTOR")
            try ProcessWideExecutor.install()
        }
    }

    /// Hands its jobs to the default executor, to be run by a clock of its own.
    private final class WaitsByTestClock: TaskExecutor {
        func enqueue(_ job: consuming ExecutorJob) {
            (Task.defaultExecutor as? any SchedulingExecutor)?
                .enqueue(job, after: .zero, tolerance: nil, clock: TestClock())
        }
    }

    private struct TestClock: Clock {
        let now = ContinuousClock.now
        let minimumResolution = Duration.zero
        func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) {}
    }

    /// Of a program that knows how its tasks are to run.
    private struct Foreign: ExecutorFactory {
        static let mine = Elsewhere()
        static var mainExecutor: any MainExecutor { MainActor.executor }
        static var defaultExecutor: any TaskExecutor { mine }

        final class Elsewhere: TaskExecutor {
            func enqueue(_ job: consuming ExecutorJob) {
                let job = UnownedJob(job)
                Thread.detachNewThread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
            }
        }
    }
#endif
