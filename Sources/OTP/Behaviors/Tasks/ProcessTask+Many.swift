extension ProcessTask where Value == Never {
    /// The value of every task, or the first failure. Elixir: `Task.await_many/2`.
    ///
    /// - Parameter timeout: For all of them together; nil: as long as it takes.
    /// - Throws: As ``value(timeout:)``. Then all of them have been given up: those that are linked are asked to end. `.notOwner`
    ///   if one of them belongs to somebody else, and then the others are left as they were.
    @inlinable public nonisolated(nonsending) static func awaitMany<each T: Sendable>(
        _ task: repeat ProcessTask<each T>, timeout: Duration? = .seconds(5)
    ) async throws -> (repeat each T) {
        var cores: [TaskCore] = []
        repeat cores.append((each task).core)
        try await ManyWait.values(of: cores, timeout: timeout)
        return (repeat try (each task).taken())
    }

    /// The value of every task, in the order of the tasks, or the first failure. Elixir: `Task.await_many/2`.
    ///
    /// - Throws: As ``value(timeout:)``.
    @inlinable public nonisolated(nonsending) static func awaitMany<T: Sendable>(
        _ tasks: [ProcessTask<T>], timeout: Duration? = .seconds(5)
    ) async throws -> [T] {
        try await ManyWait.values(of: tasks.map { $0.core }, timeout: timeout)
        return try tasks.map { task throws(TaskFailure) in try task.taken() }
    }

    /// What became of each, for partial results: never throws, waits for all, and gives up those that take too long.
    ///
    /// For tasks that may fail alone; a linked one that fails ends its owner. Elixir: `Task.yield_many/2`.
    public nonisolated(nonsending) static func outcomes<each T: Sendable>(
        of task: repeat ProcessTask<each T>, timeout: Duration? = .seconds(5)
    ) async -> (repeat Result<each T, TaskFailure>) {
        var cores: [TaskCore] = []
        repeat cores.append((each task).core)
        let (_, end) = await ManyWait.wait(for: cores, AwaitMachine(count: cores.count), timeout: timeout)
        return (repeat outcome(each task, end, after: timeout))
    }

    /// What became of each, in the order of the tasks. Elixir: `Task.yield_many/2`.
    public nonisolated(nonsending) static func outcomes<T: Sendable>(
        of tasks: [ProcessTask<T>], timeout: Duration? = .seconds(5)
    ) async -> [Result<T, TaskFailure>] {
        let (_, end) = await ManyWait.wait(
            for: tasks.map { $0.core }, AwaitMachine(count: tasks.count), timeout: timeout)
        return tasks.map { outcome($0, end, after: timeout) }
    }

    /// What is to become of tasks that are not done in time. Elixir: `on_timeout` of `Task.yield_many/2`.
    public enum OnTimeout: Sendable, Hashable {
        /// They run on and may be asked for again.
        case nothing
        /// They run on, and nobody hears of them: ``ProcessTask/ignore()``.
        case ignore
        /// They are killed.
        case kill
    }

    /// The outcomes that come within `timeout`, in the order of the tasks; nil for the others. Elixir:
    /// `Task.yield_many/2`.
    ///
    /// - Parameters:
    ///   - timeout: For all of them together; nil: as long as it takes.
    ///   - limit: How many outcomes are enough; the others stay where they are, and may be asked for later.
    ///   - onTimeout: What becomes of the others when the time is over before that.
    public nonisolated(nonsending) static func pollMany<T: Sendable>(
        _ tasks: [ProcessTask<T>], within timeout: Duration? = .seconds(5), limit: Int? = nil,
        onTimeout: OnTimeout = .nothing
    ) async -> [Result<T, TaskFailure>?] {
        let (machine, end) = await ManyWait.wait(
            for: tasks.map { $0.core }, AwaitMachine(count: tasks.count, limit: limit), timeout: timeout)
        defer { for task in tasks { task.core.tellFollower() } }
        let arrived = Set(machine.arrived)
        var results: [Result<T, TaskFailure>?] = []
        for (index, task) in tasks.enumerated() {
            if arrived.contains(index) {
                let arrival = task.core.claim()
                if let result = task.core.result(arrival, as: T.self) {
                    results.append(result)
                    continue
                }
                if case .nothing(let code) = arrival {
                    results.append(.failure(task.core.failure(code)))
                    continue
                }
            }
            switch end {
            case .done: results.append(nil)
            case .refused(index, let code): results.append(.failure(task.core.failure(code)))
            case .refused: results.append(nil)
            case .gaveUp(.timeout):
                switch onTimeout {
                case .nothing: results.append(nil)
                case .ignore: results.append(task.ignore())
                case .kill: results.append(await task.shutdown(.kill))
                }
            case .gaveUp(let code):
                task.core.giveUp()
                results.append(.failure(task.core.failure(code)))
            }
        }
        return results
    }

    // MARK: after the wait

    /// What became of one of the tasks; one that has not ended is given up.
    private static func outcome<T>(
        _ task: ProcessTask<T>, _ end: ManyWait.End, after timeout: Duration?
    ) -> Result<T, TaskFailure> {
        let core = task.core
        if !core.owner.isCaller { return .failure(core.failure(.notOwner(task.owner))) }
        let arrival = core.claim()
        switch arrival {
        case .value, .exit, .nothing:
            return core.result(arrival, as: T.self) ?? .failure(core.failure(.alreadyTaken))
        case .pending:
            guard case .gaveUp(let code) = end else { return .failure(core.failure(.alreadyTaken)) }
            core.giveUp()
            return .failure(core.failure(code, after: timeout))
        }
    }
}

extension ProcessTask {
    /// The value of a task that has ended with one.
    @inlinable func taken() throws(TaskFailure) -> Value { try core.takenValue(as: Value.self) }
}
