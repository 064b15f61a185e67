#if ServiceLifecycle
    internal import Logging
    internal import ServiceLifecycle
    internal import Synchronization

    /// One run of one service, in a task of its own and a group of its own, so that it alone can be shut down.
    ///
    /// Whoever lets go of it kills the service.
    final class ServiceRun: Sendable {
        enum End: Sendable {
            case returned
            case failed(any Error)
        }

        private struct State {
            var end: End?
            var waiters: [Int: CheckedContinuation<End?, Never>] = [:]
            /// Waiters who were cancelled before they waited.
            var cancelled: Set<Int> = []
            var count = 0
        }

        /// Outlives the run if need be: the service's task keeps it.
        private final class Progress: Sendable {
            let state = Mutex(State())

            func ended(_ end: End) {
                let waiters = state.withLock { state in
                    state.end = end
                    defer { state.waiters = [:] }
                    return state.waiters.values.map { $0 }
                }
                for waiter in waiters { waiter.resume(returning: end) }
            }
        }

        private let progress = Progress()
        private let whenKilled: ServiceKill
        private let group: ServiceGroup
        private let task: Task<Void, Never>

        init(_ service: any Service, whenKilled: ServiceKill) {
            self.whenKilled = whenKilled
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [
                        .init(
                            service: service, successTerminationBehavior: .gracefullyShutdownGroup,
                            failureTerminationBehavior: .cancelGroup)
                    ],
                    // What it would log, reports of the process and its supervisor say.
                    logger: Logger(label: "OTP.ServiceRun") { _ in SwiftLogNoOpLogHandler() }))
            self.group = group
            let progress = progress
            task = Task {
                do {
                    try await group.run()
                    progress.ended(.returned)
                } catch { progress.ended(.failed(error)) }
            }
        }

        deinit { kill() }

        /// Asks the service to end when it has done what it is at.
        func shutDownGracefully() {
            let group = group
            Task { await group.triggerGracefulShutdown() }
        }

        /// Ends the service without asking whether it is through: as its `ServiceKill` says.
        func kill() {
            guard case .shutDownGracefully(let limit) = whenKilled else { return task.cancel() }
            shutDownGracefully()
            guard let limit else { return }
            let task = task
            Task {
                try? await Task.sleep(for: limit)
                task.cancel()
            }
        }

        /// Waits until the service has ended, whatever becomes of the calling task.
        func end() async -> End {
            let progress = progress
            return await withCheckedContinuation { waiter in
                let end = progress.state.withLock { state -> End? in
                    if state.end == nil {
                        state.count += 1
                        state.waiters[state.count] = waiter
                    }
                    return state.end
                }
                if let end { waiter.resume(returning: end) }
            } ?? .returned
        }

        /// Waits until the service has ended; nil if the calling task was cancelled first.
        func endUnlessCancelled() async -> End? {
            let progress = progress
            let number = progress.state.withLock { state in
                state.count += 1
                return state.count
            }
            return await withTaskCancellationHandler {
                await withCheckedContinuation { waiter in
                    let (isDone, end) = progress.state.withLock { state -> (Bool, End?) in
                        if state.cancelled.remove(number) != nil || state.end != nil { return (true, state.end) }
                        state.waiters[number] = waiter
                        return (false, nil)
                    }
                    if isDone { waiter.resume(returning: end) }
                }
            } onCancel: {
                let waiter = progress.state.withLock { state in
                    let waiter = state.waiters.removeValue(forKey: number)
                    if waiter == nil, state.end == nil { state.cancelled.insert(number) }
                    return waiter
                }
                waiter?.resume(returning: nil)
            }
        }
    }
#endif
