#if ServiceLifecycle
    internal import OTP
    internal import ServiceLifecycle

    /// The process of a service that is a supervised child.
    ///
    /// After its start it stays inside one handler, which waits for the service: so the process is as long alive as the
    /// service runs, also if it is killed.
    struct ServiceHost: GenServer {
        enum Continuation: Sendable { case watch }

        private let run: ServiceRun

        /// Makes the service, runs it and waits until it is ready, or until this process is asked to end: then `terminate` shuts
        /// it down as it does later.
        init(
            _ make: @Sendable () async throws -> any Service, whenKilled: ServiceKill,
            ready: (@Sendable () async throws -> Void)?, _ me: Me
        ) async throws {
            let run = ServiceRun(try await make(), whenKilled: whenKilled)
            self.run = run
            guard let ready else { return }
            do {
                try await Self.wait(for: ready, or: run)
            } catch {
                if error is Interrupted, (try? me.checkAlive()) != nil { return }
                // What had begun is undone before the start is said to have failed.
                run.kill()
                _ = await run.end()
                throw error
            }
        }

        /// The process was asked to end, or was killed, before the service was ready.
        private struct Interrupted: Error {}

        /// Returns when the service is ready; throws when it has ended before, or when that cannot be waited for.
        private static func wait(for ready: @escaping @Sendable () async throws -> Void, or run: ServiceRun)
            async throws
        {
            // Tasks of their own, so that a condition which heeds no cancellation holds nothing up.
            let first = FirstOutcome()
            let readiness = Task {
                do {
                    try await ready()
                    first.settle(.success(()))
                } catch { first.settle(.failure(error)) }
            }
            let watch = Task {
                switch await run.endUnlessCancelled() {
                case .failed(let error): first.settle(.failure(error))
                case .returned: first.settle(.failure(ServiceError.endedBeforeReady))
                case nil: break
                }
            }
            defer {
                readiness.cancel()
                watch.cancel()
            }
            try await withTaskCancellationHandler {
                try await first.value()
            } onCancel: {
                first.settle(.failure(Interrupted()))
            }
        }

        mutating func handleStart(_ me: Me) -> Next { .continue(.watch) }

        mutating func handleContinue(_ step: Continuation, _ me: Me) async throws -> Next {
            switch await run.endUnlessCancelled() {
            case .returned: return .stop
            case .failed(let error): throw error
            case nil: break
            }
            do { try me.checkAlive() } catch {
                // Killed: nobody calls `terminate`.
                run.kill()
                _ = await run.end()
                throw error
            }
            return .receive
        }

        /// Shuts the service down gracefully; kills it when the time of this process is over, as happens to the process.
        mutating func terminate(reason: ExitReason, _ me: Me) async throws {
            let run = run
            run.shutDownGracefully()
            let end = await withTaskCancellationHandler {
                await run.end()
            } onCancel: {
                run.kill()
            }
            // An error that comes of the shutdown is the reason of the end; the one of a crash is it already.
            if reason.isExpected, case .failed(let error) = end, !(error is CancellationError) { throw error }
        }
    }

    /// Why a service did not become a child.
    public enum ServiceError: Error, Hashable, CustomStringConvertible {
        /// Its `run()` returned before it was ready.
        case endedBeforeReady

        public var description: String {
            switch self {
            case .endedBeforeReady: "the service returned before it was ready"
            }
        }
    }
#endif
