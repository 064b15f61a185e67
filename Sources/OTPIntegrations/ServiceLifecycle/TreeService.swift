#if ServiceLifecycle
    public import OTP
    public import ServiceLifecycle

    /// A tree as a service of swift-service-lifecycle, with deadlines of one's own. A ``/OTP/Supervisor`` is itself a
    /// service, with the usual ones.
    ///
    /// ```swift
    /// let group = ServiceGroup(
    ///     services: [TreeService(shop, deadlines: ShutdownDeadlines(first: .seconds(10)))],
    ///     gracefulShutdownSignals: [.sigterm], logger: logger)
    /// try await group.run()
    /// ```
    ///
    /// Graceful shutdown **and** cancellation both end the children one by one, the last one first, each as its
    /// `Shutdown` says, under the deadline for the whole tree; a request that comes second (cancellation after graceful
    /// shutdown) shortens that. A request that comes while the tree starts undoes what had started; one that came
    /// before `run()` lets nothing start.
    public struct TreeService: Service {
        private let tree: Supervisor
        private let deadlines: ShutdownDeadlines

        /// - Parameters:
        ///   - tree: The root; its children are made afresh by each `run()`.
        ///   - deadlines: How long it may take to end.
        public init(_ tree: Supervisor, deadlines: ShutdownDeadlines = ShutdownDeadlines()) {
            self.tree = tree
            self.deadlines = deadlines
        }

        /// Starts the tree and returns when it has ended: by request or by auto-shutdown.
        ///
        /// - Throws: `SupervisorError` if the tree did not start or the root gave up, `Exit` if it was stopped or killed
        ///   for another reason.
        public func run() async throws {
            let hosted = HostedTree(tree, deadlines)
            try await withTaskCancellationHandler {
                try await withGracefulShutdownHandler {
                    try await hosted.run()
                } onGracefulShutdown: {
                    hosted.stop()
                }
            } onCancel: {
                hosted.stop()
            }
        }
    }

    extension Supervisor: Service {
        /// Starts the tree and returns when it has ended. Graceful shutdown and cancellation end it in order, within
        /// 25 s; see ``TreeService``.
        ///
        /// - Throws: `SupervisorError` if the tree did not start or the root gave up, `Exit` if it was stopped or killed
        ///   for another reason.
        public func run() async throws { try await TreeService(self).run() }
    }
#endif
