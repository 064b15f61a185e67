#if ServiceLifecycle
    /// What becomes of a service when the process that hosts it is killed: by somebody, or because its time is over.
    ///
    /// A killed process is gone at once for everybody else; its successor waits for the service, for `zombieGrace`.
    public enum ServiceKill: Sendable, Hashable {
        /// Its task is cancelled.
        case cancel
        /// It is shut down gracefully, and cancelled when that takes longer; nil: never cancelled.
        ///
        /// For services that are not safe to cancel in the middle of things. An HTTP server on swift-nio is one: a
        /// connection that it has accepted and not come to yet ends the whole program then (swift-nio, issue 2637).
        case shutDownGracefully(within: Duration?)
    }
#endif
