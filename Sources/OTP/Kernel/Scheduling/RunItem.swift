/// One entry of a run queue in one word: a process that has something to do, or a job of the Swift runtime.
///
/// A process is retained by its entry: the queue owns what it will run.
@usableFromInline struct RunItem: BitwiseCopyable {
    let bits: UInt

    enum Kind {
        case process(Unmanaged<ProcessCell>)
        /// A job of a task that prefers our executor.
        case job(UnownedJob)
        /// A job of the process-wide executor, when that is ours.
        case globalJob(UnsafeMutableRawPointer)
    }

    init(bits: UInt) { self.bits = bits }

    init(retaining cell: ProcessCell) {
        bits = UInt(bitPattern: Unmanaged.passRetained(cell).toOpaque())
    }

    /// The reference that the caller holds goes into the entry.
    init(held cell: Unmanaged<ProcessCell>) { bits = UInt(bitPattern: cell.toOpaque()) }

    init(_ job: UnownedJob) { bits = unsafeBitCast(job, to: UInt.self) | 1 }

    init(global job: UnownedJob) { self.init(globalJob: unsafeBitCast(job, to: UnsafeMutableRawPointer.self)) }

    init(globalJob: UnsafeMutableRawPointer) { bits = UInt(bitPattern: globalJob) | 3 }

    var kind: Kind {
        switch bits & 3 {
        case 0: .process(Unmanaged.fromOpaque(UnsafeRawPointer(bitPattern: bits)!))
        case 1: .job(unsafeBitCast(bits & ~3, to: UnownedJob.self))
        default: .globalJob(UnsafeMutableRawPointer(bitPattern: bits & ~3)!)
        }
    }
}
