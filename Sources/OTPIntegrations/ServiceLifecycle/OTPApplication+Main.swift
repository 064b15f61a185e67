#if ServiceLifecycle
    public import OTP
    internal import Synchronization
    public import UnixSignals

    extension OTPApplication {
        /// Runs the application as a program: until a signal asks it to end, or it ends by itself.
        ///
        /// ```swift
        /// @main struct ShopApplication: OTPApplication {
        ///     func start() -> Supervisor { shop }
        /// }
        /// ```
        ///
        /// - Throws: As ``runAsMain(deadlines:signals:usesProcessWideExecutor:tell:)``.
        public static func main() async throws { try await runAsMain() }

        /// Runs the application, and what it depends on, as the main part of a program: until a signal asks it to end, or
        /// an application ends by itself. All of them are permanent.
        ///
        /// The first signal stops all applications, the last one first, under the first deadline; each further one
        /// shortens that. A signal while they start undoes what had started. Each signal is told on standard error, and
        /// at the end who had to be killed. The program itself is not ended.
        ///
        /// - Parameters:
        ///   - deadlines: How long all of it may take to end: 25 s, from a second signal on 2 s.
        ///   - signals: Which ones end it. They do nothing else any more, also after the return.
        ///   - usesProcessWideExecutor: Whether all tasks of the program run on the workers of the default node; see
        ///     `ProcessWideExecutor`.
        ///   - tell: Gets each line instead of standard error.
        /// - Returns: How it came to its end.
        /// - Throws: `ApplicationError` if an application did not start or ended unexpectedly;
        ///   `ProcessWideExecutor.InstallError`.
        @discardableResult public static func runAsMain(
            deadlines: ShutdownDeadlines = ShutdownDeadlines(), signals: [UnixSignal] = [.sigint, .sigterm],
            usesProcessWideExecutor: Bool = false, tell: (@Sendable (String) -> Void)? = nil
        ) async throws -> ProgramEnd {
            try await Program.run(
                HostedApplication(Self.self, deadlines), deadlines, signals,
                usesProcessWideExecutor: usesProcessWideExecutor, tell)
        }
    }

    /// Runs an application once, in a task that nobody cancels, and ends it when it is told to: also before or while it
    /// starts.
    final class HostedApplication: Hosted {
        private let application: any OTPApplication.Type
        private let deadlines: ShutdownDeadlines
        private let current = Mutex<(run: ApplicationsRun?, stops: Int)>((nil, 0))

        init(_ application: any OTPApplication.Type, _ deadlines: ShutdownDeadlines) {
            self.application = application
            self.deadlines = deadlines
        }

        func run() async throws {
            // Cancellation of the host is passed on by `stop`: the applications need a task in which to end in order.
            try await Task {
                let run = ApplicationsRun()
                let stops = current.withLock {
                    $0.run = run
                    return $0.stops
                }
                for number in 0..<stops { run.stop(within: deadlines.limit(ofStop: number)) }
                try await run.run([application], within: deadlines.first)
            }.value
        }

        func stop() {
            let (run, number) = current.withLock { current in
                current.stops += 1
                return (current.run, current.stops - 1)
            }
            run?.stop(within: deadlines.limit(ofStop: number))
        }

        var killed: [KilledChild] { current.withLock { $0.run }?.killed ?? [] }
    }
#endif
