/// How a stream runs, whatever its items.
@usableFromInline struct StreamPlan: Sendable {
    let maxConcurrency: Int?
    let isOrdered: Bool
    let timeout: Duration?
    let onTimeout: ItemTimeout
    let shutdown: Shutdown
    let isLinked: Bool
    /// Nil: the tasks stand below no supervisor.
    let supervisor: TaskSupervisor?
    let fileID: StaticString
    let line: UInt

    @usableFromInline init(
        maxConcurrency: Int?, isOrdered: Bool, timeout: Duration?, onTimeout: ItemTimeout, shutdown: Shutdown,
        isLinked: Bool, supervisor: TaskSupervisor? = nil, fileID: StaticString, line: UInt
    ) {
        self.maxConcurrency = maxConcurrency
        self.isOrdered = isOrdered
        self.timeout = timeout
        self.onTimeout = onTimeout
        self.shutdown = shutdown
        self.isLinked = isLinked
        self.supervisor = supervisor
        self.fileID = fileID
        self.line = line
    }

    /// What became of the task of an item.
    func failure(_ code: TaskFailure.Code, _ pid: PID) -> TaskFailure {
        TaskFailure(code, pid, at: (fileID, line), limit: timeout)
    }

    func check() throws(TaskOptionError) {
        if let maxConcurrency, maxConcurrency < 1 {
            throw TaskOptionError(description: "maxConcurrency is \(maxConcurrency): expected 1 or more")
        }
        if let timeout, timeout < .zero {
            throw TaskOptionError(description: "an item may take \(timeout): expected zero or more, or nil")
        }
        if case .within(let time) = shutdown, time < .zero {
            throw TaskOptionError(description: "tasks are to end within \(time): expected zero or more")
        }
    }
}
