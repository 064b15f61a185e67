internal import COTPRuntime

/// Finds the process inside whose own code the caller runs.
@usableFromInline enum CurrentProcess {
    /// The process whose handler or body runs in the current task itself; nil in tasks that it started and outside
    /// any process.
    @usableFromInline static var cell: ProcessCell? {
        guard let worker = Worker.current else { return nil }
        if let inline = worker.pointee.inlineCell { return inline.takeUnretainedValue() }
        return runner(on: worker)?.occupant?.takeUnretainedValue()
    }

    /// The runner whose own task runs on this worker's thread.
    static func runner(on worker: UnsafeMutablePointer<Worker>) -> Runner? {
        let task = otp_current_task()
        if task == 0 { return nil }
        if let runner = worker.pointee.loopRunner {
            let isCurrent = runner._withUnsafeGuaranteedRef { $0.identity == task }
            if isCurrent { return runner.takeUnretainedValue() }
        }
        if let runner = worker.pointee.nestedRunner {
            let isCurrent = runner._withUnsafeGuaranteedRef { $0.identity == task }
            if isCurrent { return runner.takeUnretainedValue() }
        }
        guard let runner = Runner.inherited, runner.identity == task else { return nil }
        worker.pointee.nestedRunner = Unmanaged.passUnretained(runner)
        return runner
    }
}
