#if ServiceLifecycle
    public import OTP
    public import UnixSignals

    /// How a tree that ran as a program's main part came to its end.
    public struct ProgramEnd: Sendable {
        /// The signals that asked for it, in their order; empty if it ended by itself.
        public let signals: [UnixSignal]
        /// Who did not end in time and was killed.
        public let killed: [KilledChild]
    }

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
            if usesProcessWideExecutor { try ProcessWideExecutor.install() }
            let tell = tell ?? StandardError.write
            let hosted = HostedTree(self, deadlines)
            let received = SignalLog()
            let arriving = await UnixSignalsSequence(trapping: signals)
            let listener = Task {
                for await signal in arriving {
                    let limit = deadlines.limit(ofStop: received.add(signal))
                    tell("\(signal): ending\(limit.map { " within \($0)" } ?? "")")
                    hosted.stop()
                }
            }
            let outcome = await withTaskCancellationHandler {
                await Result { try await hosted.run() }
            } onCancel: {
                hosted.stop()
            }
            listener.cancel()
            let killed = hosted.killed
            if !killed.isEmpty {
                tell("had to be killed: \(killed.map(\.description).joined(separator: ", "))")
            }
            try outcome.get()
            return ProgramEnd(signals: received.all, killed: killed)
        }
    }

    extension Result where Failure == any Error {
        fileprivate init(_ body: () async throws -> Success) async {
            do { self = .success(try await body()) } catch { self = .failure(error) }
        }
    }
#endif
