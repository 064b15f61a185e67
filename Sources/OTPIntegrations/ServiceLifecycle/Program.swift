#if ServiceLifecycle
    public import OTP
    public import UnixSignals

    /// How a tree, or applications, that ran as a program's main part came to its end.
    public struct ProgramEnd: Sendable {
        /// The signals that asked for it, in their order; empty if it ended by itself.
        public let signals: [UnixSignal]
        /// Who did not end in time and was killed.
        public let killed: [KilledChild]
    }

    /// What runs as the main part of a program.
    protocol Hosted: Sendable {
        /// Runs it once, and returns when it has ended.
        func run() async throws
        /// Begins to end it; each further time it is to be done sooner.
        func stop()
        /// Who did not end in time.
        var killed: [KilledChild] { get }
    }

    enum Program {
        /// Runs it until a signal asks it to end, or it ends by itself.
        static func run(
            _ hosted: some Hosted, _ deadlines: ShutdownDeadlines, _ signals: [UnixSignal],
            usesProcessWideExecutor: Bool, _ tell: (@Sendable (String) -> Void)?
        ) async throws -> ProgramEnd {
            if usesProcessWideExecutor { try ProcessWideExecutor.install() }
            let tell = tell ?? StandardError.write
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
