#if ServiceLifecycle
    public import OTP
    public import ServiceLifecycle

    extension ChildSpec {
        /// A service of swift-service-lifecycle as a supervised child.
        ///
        /// ```swift
        /// Supervisor(.restForOne) {
        ///     ChildSpec.service("postgres", ready: { try await postgres.isReady() }) { PostgresService(postgres) }
        ///     ChildSpec.service("web") { try await makeApplication() }
        /// }
        /// ```
        ///
        /// `make` is called at each start, inside the new process, since many services can be run only once. The service
        /// ends as child when its `run()` returns or throws, and is then started again as `restart` says. It is ended
        /// by a graceful shutdown of its own, and killed when the time that `shutdown` gives is over; its successor waits
        /// for it as for any process that still runs a handler.
        ///
        /// - Parameters:
        ///   - id: Its name among its siblings.
        ///   - restart: When it is started again: a service that returns has ended normally.
        ///   - shutdown: How long a graceful shutdown may take. With `.kill` it is killed at once.
        ///   - whenKilled: What killing does to it: it is cancelled, unless it is a service that does not bear that.
        ///   - backoff: How long to wait before it is started again; nil for not at all.
        ///   - isSignificant: Whether its end by its own choice can end its supervisor.
        ///   - startTimeout: How long `make` and `ready` may take; nil: as long as they like.
        ///   - ready: Returns when the service can be used: the next sibling starts after that. What it throws, or an
        ///     end of the service before, is a failed start. Without it the service counts as started when it runs.
        ///   - make: Makes the service.
        public static func service(
            _ id: ChildID, restart: Restart = .permanent, shutdown: Shutdown = .within(.seconds(5)),
            whenKilled: ServiceKill = .cancel, backoff: Backoff? = nil, isSignificant: Bool = false,
            startTimeout: Duration? = nil, ready: (@Sendable () async throws -> Void)? = nil,
            _ make: @escaping @Sendable () async throws -> any Service
        ) -> ChildSpec {
            ServiceHost.child(
                id, restart: restart, shutdown: shutdown, backoff: backoff, isSignificant: isSignificant,
                options: ServerOptions(timeout: startTimeout)
            ) { me in try await ServiceHost(make, whenKilled: whenKilled, ready: ready, me) }
        }
    }
#endif
