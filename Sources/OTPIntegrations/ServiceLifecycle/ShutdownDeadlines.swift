#if ServiceLifecycle
    /// How long a hosted tree may take to end.
    public struct ShutdownDeadlines: Sendable, Hashable {
        /// From the first request on; what still runs then is killed. It caps the time of each child. Nil: as long as
        /// the children may take.
        public var first: Duration?
        /// From each further request on, if that is sooner: for whoever has lost patience.
        public var further: Duration

        /// - Parameters:
        ///   - first: From the first request on.
        ///   - further: From each further request on.
        public init(first: Duration? = .seconds(25), further: Duration = .seconds(2)) {
            self.first = first
            self.further = further
        }

        func limit(ofStop number: Int) -> Duration? { number == 0 ? first : further }
    }
#endif
