#if ServiceLifecycle
    public import OTP
    public import UnixSignals

    extension Supervisor {
        /// Runs the tree as the main part of a program: until a signal asks it to end, or it ends by itself.
        ///
        /// ```swift
        /// @main struct Program {
        ///     static func main() async throws { try await shop.runAsMain() }
        /// }
        /// ```
        ///
        /// The first signal ends the tree, its children in reverse order, under the first deadline; each further one
        /// shortens that. A signal while the tree starts undoes what had started. Each signal is told on standard
        /// error, and at the end who had to be killed. The program itself is not ended.
        ///
        /// - Parameters:
        ///   - deadlines: How long the whole tree may take to end: 25 s, from a second signal on 2 s.
        ///   - signals: Which ones end it. They do nothing else any more, also after the return.
        ///   - usesProcessWideExecutor: Whether all tasks of the program run on the workers of the default node; see
        ///     `ProcessWideExecutor`.
        ///   - tell: Gets each line instead of standard error.
        /// - Returns: How it came to its end.
        /// - Throws: `SupervisorError` if the tree did not start or the root gave up, `Exit` if it was stopped or killed
        ///   for another reason; `ProcessWideExecutor.InstallError`.
        @discardableResult public func runAsMain(
            deadlines: ShutdownDeadlines = ShutdownDeadlines(), signals: [UnixSignal] = [.sigint, .sigterm],
            usesProcessWideExecutor: Bool = false, tell: (@Sendable (String) -> Void)? = nil
        ) async throws -> ProgramEnd {
            try await Program.run(
                HostedTree(self, deadlines), deadlines, signals, usesProcessWideExecutor: usesProcessWideExecutor, tell)
        }
    }
#endif
