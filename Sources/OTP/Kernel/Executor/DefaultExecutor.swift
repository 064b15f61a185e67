#if os(Linux) && compiler(>=6.3) && compiler(<6.4)
    // Not public in this toolchain, and the only way to reach sleeps and yields.
    @_spi(ExperimentalCustomExecutors) @_spi(ExperimentalScheduling) internal import _Concurrency

    /// The runtime's default executor, once the default node's workers are the executor of the whole program.
    ///
    /// Most of what goes on in tasks comes by the runtime's hook. Not so what asks for an executor itself: `Task.yield`,
    /// whose job is to run behind all that waits, and `Task.sleep`, whose job is to run at its time.
    ///
    /// Without fields: who asks the runtime for its default executor at the moment of the exchange may get the object of
    /// one with the functions of the other. Neither looks at its object: the runtime's hands the job to Dispatch at once, as its
    /// machine code shows.
    ///
    /// Sleeps count by the clock of our timers, which stands still while the machine is suspended, as a `SuspendingClock` does.
    // @unchecked because there is nothing in it.
    final class DefaultExecutor: TaskExecutor, SchedulingExecutor, @unchecked Sendable {
        /// Whether the program has one of its own already.
        static var isTaken: Bool { Task.defaultExecutor !== PlatformExecutorFactory.defaultExecutor }

        /// Puts it in the place of the runtime's own.
        static func install() { _createExecutors(factory: Factory.self) }

        func enqueue(_ job: consuming ExecutorJob) {
            ProcessWideExecutor.scheduler.enqueueLast(RunItem(global: UnownedJob(job)))
        }

        func enqueue<C: Clock>(
            _ job: consuming ExecutorJob, after delay: C.Duration, tolerance: C.Duration?, clock: C
        ) {
            guard let delay = delay as? Duration, clock is ContinuousClock || clock is SuspendingClock else {
                preconditionFailure(
                    "an executor waits by a ContinuousClock or a SuspendingClock; by \(C.self) it cannot")
            }
            if delay <= .zero { return enqueue(job) }
            ProcessWideExecutor.scheduler.timers.add(RunItem(global: UnownedJob(job)), after: delay)
        }

        func enqueue<C: Clock>(
            _ job: consuming ExecutorJob, at instant: C.Instant, tolerance: C.Duration?, clock: C
        ) {
            enqueue(job, after: clock.now.duration(to: instant), tolerance: tolerance, clock: clock)
        }

        private struct Factory: ExecutorFactory {
            /// The main actor is left alone.
            static var mainExecutor: any MainExecutor { MainActor.executor }
            static let defaultExecutor: any TaskExecutor = DefaultExecutor()
        }
    }
#else
    /// This toolchain has no way to reach sleeps and yields: they come back on threads of its own.
    enum DefaultExecutor {
        static var isTaken: Bool { false }
        static func install() {}
    }
#endif
