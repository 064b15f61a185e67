extension ProcessContext {
    /// Runs `body` in a task of its own, a process linked to this one; its outcome arrives as a message.
    ///
    /// An error that `body` throws is an outcome and harms nobody. When this process ends, for whatever reason, the
    /// task is asked to end as well; if the task is killed from outside, so is this process, unless it traps exits.
    /// Elixir: `Task.async/1`.
    /// - Parameter info: Turns the outcome into one of this process's messages when it is taken from the mailbox.
    /// - Returns: The identity of the task.
    @discardableResult public func start<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value,
        then info: @escaping @Sendable (Result<Value, any Error>) -> B.Info
    ) -> PID {
        if let recorder = cell.recorder {
            recorder.record(.startedTask)
            return cell.node.nextPID()
        }
        let owner = cell
        let task = owner.node.makePlain(Never.self, options: SpawnOptions(isLinked: true), parent: owner) { task in
            let outcome: Result<Value, any Error>
            do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
            task.cell.post(LazyInfo<B.Info> { info(outcome) }, to: owner)
        }
        LinkedTask.endWithOwner(task, owner)
        if isVoid { task.kill() }
        owner.node.launch(task)
        return task.pid
    }
}

extension PlainProcess {
    /// See ``ProcessContext/start(_:then:)``.
    @discardableResult public func start<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value,
        then info: @escaping @Sendable (Result<Value, any Error>) -> Message
    ) -> PID {
        context.start(body, then: info)
    }
}

/// Ends a task with its owner where the link alone would not: when the owner ends normally.
// @unchecked as its superclass: nothing of it changes.
private final class LinkedTask: DownListener, @unchecked Sendable {
    private let task: ProcessCell

    private init(_ task: ProcessCell) { self.task = task }

    static func endWithOwner(_ task: ProcessCell, _ owner: ProcessCell) {
        let ref = MonitorRef.make()
        let listener = LinkedTask(task)
        guard owner.addListener(listener, as: ref) else { return }
        task.whenReleased { owner.removeWatcher(ref) }
    }

    override func down(_ message: DownMessage) {
        if message.reason.isNormal { task.receiveExit(from: message.pid, reason: .shutdown) }
    }
}

extension ProcessCell {
    /// Puts a notice into the mailbox of `other`, unless this process is dead: nothing of it comes after its end.
    fileprivate func post(_ notice: SystemMessage, to other: ProcessCell) {
        guarding.withLock {
            // With the lock held: death is declared before its ties are closed under the same lock.
            if !has(Control.dead) { other.push(notice) }
        }
    }
}
