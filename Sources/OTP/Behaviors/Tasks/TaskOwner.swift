internal import COTPRuntime

/// To whom a task belongs: the process, or the ordinary Swift task, that started it.
struct TaskOwner: Sendable {
    /// The process; for an ordinary Swift task an identity made for this one task.
    let pid: PID
    /// Which Swift task; 0 for a process, and for code outside any Swift task.
    private let task: UInt
    let isProcess: Bool

    static func process(_ pid: PID) -> TaskOwner { TaskOwner(pid: pid, task: 0, isProcess: true) }

    /// Whoever runs here.
    static func current(_ process: ProcessCell?, on node: Node) -> TaskOwner {
        if let process { return .process(process.pid) }
        return TaskOwner(pid: node.nextPID(), task: UInt(otp_current_task()), isProcess: false)
    }

    /// Whether whoever runs here is the owner. What was started outside any Swift task belongs to all code that is
    /// no process.
    var isCaller: Bool { isCaller(CurrentProcess.reference) }

    /// The same, where it is known which process runs here.
    func isCaller(_ process: Unmanaged<ProcessCell>?) -> Bool {
        if isProcess { return process?._withUnsafeGuaranteedRef { $0.pid } == pid }
        return process == nil && (task == 0 || UInt(otp_current_task()) == task)
    }

    /// The process, while it lives.
    var cell: ProcessCell? { isProcess ? Node.cell(pid) : nil }
}
