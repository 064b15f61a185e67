public import OTP

/// A piece of work that is to be done some time, whatever happens meanwhile.
public struct Job: Sendable, Hashable {
    public let id: String
    public let payload: String
    public var failures = 0

    public init(id: String, payload: String, failures: Int = 0) {
        self.id = id
        self.payload = payload
        self.failures = failures
    }
}

/// Where jobs outlive their queue: a table, a file.
public struct JobStore: Sendable {
    public var load: @Sendable () async throws -> [Job]
    public var save: @Sendable (Job) async throws -> Void
    public var remove: @Sendable (Job) async throws -> Void

    public init(
        load: @escaping @Sendable () async throws -> [Job], save: @escaping @Sendable (Job) async throws -> Void,
        remove: @escaping @Sendable (Job) async throws -> Void
    ) {
        self.load = load
        self.save = save
        self.remove = remove
    }
}

/// Background jobs: kept in a store before they count as taken, done a few at a time, tried again with longer and longer
/// pauses. A queue that is started again goes on with what its store holds, so that a job is done at least once, and
/// twice if the queue ends between the work and the note of it: the work has to bear that, by the job's id.
public struct JobQueue: GenServer {
    public struct Settings: Sendable {
        /// How many jobs are done at once.
        public var workers = 4
        /// After how many failures a job stays in the store and is not tried again.
        public var attempts = 5
        /// Before the second attempt; twice as long before each further one.
        public var pause = Duration.seconds(1)

        public init(workers: Int = 4, attempts: Int = 5, pause: Duration = .seconds(1)) {
            self.workers = workers
            self.attempts = attempts
            self.pause = pause
        }
    }
    public struct Status: Sendable, Equatable {
        public var waiting = 0
        public var running = 0
        public var givenUp: [Job] = []

        public init(waiting: Int = 0, running: Int = 0, givenUp: [Job] = []) {
            self.waiting = waiting
            self.running = running
            self.givenUp = givenUp
        }
    }
    public enum Call: Sendable { case add(Job, Reply<Void>), status(Reply<Status>) }
    public enum Info: Sendable { case done(Job, Result<Void, any Error>), retry(Job) }
    public enum Continuation: Sendable { case begin }

    private let store: JobStore
    private let settings: Settings
    private let work: @Sendable (Job) async throws -> Void
    private var waiting: [Job]
    private var known: Set<String>
    private var status = Status()

    public init(
        _ store: JobStore, _ settings: Settings = Settings(), work: @escaping @Sendable (Job) async throws -> Void
    ) async throws {
        self.store = store
        self.settings = settings
        self.work = work
        let jobs = try await store.load()
        known = Set(jobs.map(\.id))
        waiting = jobs.filter { $0.failures < settings.attempts }
        status.givenUp = jobs.filter { $0.failures >= settings.attempts }
    }

    public func handleStart(_ me: Me) -> Next { .continue(.begin) }

    public mutating func handleContinue(_ step: Continuation, _ me: Me) -> Next {
        while status.running < settings.workers, !waiting.isEmpty {
            let job = waiting.removeFirst()
            status.running += 1
            me.start { [work] in
                try await work(job)
            } then: {
                .done(job, $0)
            }
        }
        return .receive
    }

    public mutating func handleCall(_ call: Call, _ me: Me) async throws -> Next {
        switch call {
        case .add(let job, let reply):
            if !known.insert(job.id).inserted { return reply() }
            try await store.save(job)
            waiting.append(job)
            reply()
            return .continue(.begin)
        case .status(let reply):
            var status = status
            status.waiting = waiting.count
            return reply(status)
        }
    }

    public mutating func handleInfo(_ info: Info, _ me: Me) async throws -> Next {
        switch info {
        case .done(let job, .success):
            status.running -= 1
            try await store.remove(job)
            known.remove(job.id)
        case .done(var job, .failure):
            status.running -= 1
            job.failures += 1
            try await store.save(job)
            if job.failures < settings.attempts {
                me.send(.retry(job), after: settings.pause * (1 << (job.failures - 1)))
            } else {
                status.givenUp.append(job)
            }
        case .retry(let job): waiting.append(job)
        }
        return .continue(.begin)
    }
}

extension ServerAddress<JobQueue> {
    /// Returns when the job is in the store. One whose id is there already is not added again.
    public func add(_ id: String, _ payload: String) async throws {
        try await call { .add(Job(id: id, payload: payload), $0) }
    }
    public func status() async throws -> JobQueue.Status { try await call { .status($0) } }
}
