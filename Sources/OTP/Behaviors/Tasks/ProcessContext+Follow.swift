extension ProcessContext {
    /// Has the outcome of a task of this process sent to it as a message: instead of waiting for it. Elixir: the
    /// messages `{ref, value}` and `DOWN` of a task in `handle_info`.
    ///
    /// The message comes exactly once, and the outcome is then taken; it does not come of a task that is given up or shut down
    /// before, nor of one whose outcome a ``ProcessTask/value(timeout:)`` or ``ProcessTask/poll(within:)`` gets meanwhile.
    /// - Parameter info: Turns the outcome into one of this process's messages when it is taken from the mailbox.
    /// - Throws: ``TaskFailure`` `.notOwner`, `.alreadyTaken`.
    public func follow<Value: Sendable>(
        _ task: ProcessTask<Value>, then info: @escaping @Sendable (Result<Value, TaskFailure>) -> B.Info
    ) throws(TaskFailure) {
        if let recorder = cell.recorder { return recorder.record(.startedTask) }
        let core = task.core
        guard core.owner.isCaller else { throw core.failure(.notOwner(task.owner)) }
        let follower = cell
        // Whoever runs it has the core, which holds it.
        let deliver: @Sendable () -> Void = { [unowned core] in
            guard let result = core.result(core.claim(), as: Value.self) else { return }
            follower.push(LazyInfo<B.Info> { info(result) })
        }
        if !core.follow(deliver) { throw core.failure(.alreadyTaken) }
    }
}

extension PlainProcess {
    /// See ``ProcessContext/follow(_:then:)``.
    public func follow<Value: Sendable>(
        _ task: ProcessTask<Value>, then info: @escaping @Sendable (Result<Value, TaskFailure>) -> Message
    ) throws(TaskFailure) {
        try context.follow(task, then: info)
    }
}
