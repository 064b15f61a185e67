#if ServiceLifecycle
    import OTP
    import ServiceLifecycle
    import Synchronization

    /// What happened, in order; any entry can be awaited.
    actor Journal {
        private(set) var entries: [String] = []
        private var waiters: [(text: String, count: Int, waiter: CheckedContinuation<Void, Never>)] = []

        func note(_ text: String) {
            entries.append(text)
            let ready = waiters.filter { isThere($0.text, $0.count) }
            waiters.removeAll { isThere($0.text, $0.count) }
            for entry in ready { entry.waiter.resume() }
        }

        /// Waits until the entry is there, so many times.
        func wait(for text: String, times count: Int = 1) async {
            if isThere(text, count) { return }
            await withCheckedContinuation { waiters.append((text, count, $0)) }
        }

        private func isThere(_ text: String, _ count: Int) -> Bool { entries.count { $0 == text } >= count }
    }

    /// A server that notes its start and its end.
    struct Member: GenServer {
        enum Info: Sendable { case fail }
        struct Failure: Error {}
        enum Ending { case soon, never }

        let name: String
        let journal: Journal
        let ending: Ending

        init(_ name: String, _ journal: Journal, ending: Ending = .soon) async {
            self.name = name
            self.journal = journal
            self.ending = ending
            await journal.note("\(name) started")
        }

        mutating func handleInfo(_ info: Info, _ me: Me) throws -> Next { throw Failure() }

        mutating func terminate(reason: ExitReason, _ me: Me) async throws {
            await journal.note("\(name) ending")
            if ending == .never { try await Task.sleep(for: .seconds(3600)) }
            await Task.yield()
            await journal.note("\(name) ended")
        }
    }

    /// A service that can be run once only, as many are, and ends as it is told.
    final class OnceService: Service {
        struct RunTwice: Error {}
        struct Failure: Error {}
        enum Conduct: Sendable {
            /// Until a graceful shutdown.
            case obeying
            /// Until it is cancelled.
            case ignoring
            /// Fails when the journal has this entry.
            case failing(on: String)
            /// Returns when the journal has this entry.
            case returning(on: String)
            /// Until a graceful shutdown or a cancellation, and then goes on until the journal has this entry.
            case lingering(until: String)
        }

        private let name: String
        private let journal: Journal
        private let conduct: Conduct
        private let hasRun = Atomic<Bool>(false)

        init(_ name: String, _ journal: Journal, _ conduct: Conduct = .obeying) {
            self.name = name
            self.journal = journal
            self.conduct = conduct
        }

        func run() async throws {
            if hasRun.exchange(true, ordering: .relaxed) { throw RunTwice() }
            await journal.note("\(name) runs")
            switch conduct {
            case .obeying:
                do { try await gracefulShutdown() } catch {
                    await journal.note("\(name) cancelled")
                    throw error
                }
                await journal.note("\(name) shut down")
            case .ignoring:
                while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
                await journal.note("\(name) cancelled")
            case .failing(let entry):
                await journal.wait(for: entry)
                throw Failure()
            case .returning(let entry):
                await journal.wait(for: entry)
            case .lingering(let entry):
                try? await gracefulShutdown()
                await journal.note("\(name) lingers")
                await journal.wait(for: entry)
                await journal.note("\(name) gone")
            }
        }
    }
#endif
