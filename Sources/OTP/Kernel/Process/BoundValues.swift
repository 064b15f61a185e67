internal import COTPRuntime

/// Whether a runner's code has bound task-local values of its own.
///
/// What runs on the thread of another process must not see the values that are bound there. To hide them costs some 400
/// instructions, and mostly there are none: the list of a task's values then still begins where its runner has begun it. Where
/// the runtime keeps that beginning is found out by binding values and looking what changes; if nothing is found, or more
/// than one place, values are always hidden.
enum BoundValues {
    @TaskLocal private static var probe = 0

    /// How many bytes behind the beginning of a task its list of values is. 0: not known. To be asked for first in a task.
    static let place: UInt = {
        if otp_current_task() == 0 { return 0 }
        let none = words
        var one: [UInt] = []
        var two: [UInt] = []
        $probe.withValue(1) {
            one = words
            $probe.withValue(2) { two = words }
        }
        return otp_place_of_task_locals(none, one, two, words, unsafeBitCast($probe, to: UInt.self))
    }()

    /// The first words of the current task, which is longer than that.
    private static var words: [UInt] {
        guard let task = UnsafePointer<UInt>(bitPattern: otp_current_task()) else { return [] }
        return Array(UnsafeBufferPointer(start: task, count: Int(OTP_TASK_WORDS)))
    }

    /// Whether the code that runs on this thread is that of a runner's own task and nothing is bound there.
    static func areNone(on worker: UnsafeMutablePointer<Worker>) -> Bool {
        guard let runner = CurrentProcess.runner(on: worker) else { return false }
        return runner._withUnsafeGuaranteedRef { $0.bindsNothing }
    }

    /// Runs code on behalf of another process: without the values that are bound here.
    @inline(__always) static func hidden(
        _ context: UnsafeMutableRawPointer, _ work: @convention(c) (UnsafeMutableRawPointer) -> Void
    ) {
        if let worker = Worker.current, areNone(on: worker) {
            work(context)
        } else {
            otp_without_task_locals(context, work)
        }
    }
}
