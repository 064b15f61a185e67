internal import COTPRuntime

/// Finds the process inside whose own code the caller runs.
@usableFromInline enum CurrentProcess {
    /// The process whose handler or body runs in the current task itself; nil in tasks that it started and outside
    /// any process.
    @usableFromInline static var cell: ProcessCell? {
        reference?.takeUnretainedValue()
    }

    /// The same, without counting a reference: valid while the current code runs.
    static var reference: Unmanaged<ProcessCell>? {
        if let inline = Worker.current?.pointee.inlineCell { return inline }
        return runner?._withUnsafeGuaranteedRef { $0.occupant }
    }

    /// The runner whose own task runs on this thread: a worker's, or another one where the task is a guest of an actor
    /// or where something else that a handler waited for has left it. Valid while the current code runs.
    static var runner: Unmanaged<Runner>? {
        if let worker = Worker.current { return runner(on: worker) }
        let task = otp_current_task()
        guard task != 0, let runner = Runner.inherited, runner.identity == task else { return nil }
        return Unmanaged.passUnretained(runner)
    }

    /// The runner whose own task runs on this worker's thread. Valid while the current code runs.
    static func runner(on worker: UnsafeMutablePointer<Worker>) -> Unmanaged<Runner>? {
        let task = otp_current_task()
        if task == 0 { return nil }
        if let runner = worker.pointee.loopRunner {
            let isCurrent = runner._withUnsafeGuaranteedRef { $0.identity == task }
            if isCurrent { return runner }
        }
        if let runner = worker.pointee.nestedRunner {
            let isCurrent = runner._withUnsafeGuaranteedRef { $0.identity == task }
            if isCurrent { return runner }
        }
        guard let runner = Runner.inherited, runner.identity == task else { return nil }
        let found = Unmanaged.passUnretained(runner)
        worker.pointee.nestedRunner = found
        return found
    }
}
