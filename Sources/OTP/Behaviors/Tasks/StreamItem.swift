internal import Synchronization

/// One item of a stream, its task and what became of that. The end of the item's process is the end of its task.
// @unchecked because the input is written before anybody else knows of the item and read by its body, and by the consumer,
// who takes it once; the value belongs to the body until it counts, and then to the consumer; the process and the run are
// noted before it begins; all else is guarded by the lock of its run.
@usableFromInline final class StreamItem: SoleTie, @unchecked Sendable {
    @exclusivity(unchecked) @usableFromInline var input = TaskValue()
    @exclusivity(unchecked) @usableFromInline var value = TaskValue()
    /// The body has returned its value, and that counts. Set by the body.
    private let hasReturned = Atomic<Bool>(false)
    /// Its process: alive while the body runs, and for whoever finds the item among those that run.
    @exclusivity(unchecked) var process: Unmanaged<ProcessCell>?

    /// Noted before it begins; taken by its end.
    @exclusivity(unchecked) private var run: StreamRun?
    func belongs(to run: StreamRun) { self.run = run }

    // Of the run.
    @exclusivity(unchecked) var index = 0
    /// By when it has to have ended; `.max`: it may take as long as it likes.
    @exclusivity(unchecked) var deadline: UInt64 = .max
    /// Its neighbours among those that run, by the time of their start.
    @exclusivity(unchecked) var previous: Unmanaged<StreamItem>?
    @exclusivity(unchecked) var next: Unmanaged<StreamItem>?
    @exclusivity(unchecked) var isListed = false

    @usableFromInline override init() {}

    deinit {
        input.destroy()
        value.destroy()
    }

    /// The body has returned. Its value counts unless the process had been asked to end before.
    @inlinable func returned<Value: Sendable>(_ value: Value) {
        self.value.store(value)
        if !noteReturn() { self.value.destroy() }
    }

    /// Whoever finds the mark finds the value; who does not finds an end without one, for the process has been killed
    /// meanwhile.
    @usableFromInline func noteReturn() -> Bool {
        let isAsked = process?._withUnsafeGuaranteedRef {
            $0.has(ProcessCell.Control.exitPending | ProcessCell.Control.dead)
        }
        if isAsked != false { return false }
        hasReturned.store(true, ordering: .releasing)
        return true
    }

    @usableFromInline override func release(_ pid: PID, reason: ExitReason) {
        // The item does not hold the run any longer. Moved, so that no reference is counted.
        var held: StreamRun?
        swap(&held, &run)
        held?.itemEnded(self, hasValue: hasReturned.load(ordering: .acquiring), pid, reason)
    }

    override func dropWork() { value.destroy() }
}

/// What became of an item.
@usableFromInline struct StreamOutcome {
    @usableFromInline let item: StreamItem
    /// Nil: there is a value.
    @usableFromInline let failure: TaskFailure?

    /// To be asked for once.
    @inlinable func result<Input: Sendable, Value: Sendable>() -> Result<Value, ItemFailure<Input>> {
        if let failure { return .failure(ItemFailure(input: item.input.take(as: Input.self), failure: failure)) }
        return .success(item.value.take(as: Value.self))
    }
}

/// The items that run, oldest first. The oldest is the first whose time is over, for all have the same.
///
/// Held by their processes: each is taken out before its own lets go of it, so that no reference is counted here.
struct StreamItems {
    private var head: Unmanaged<StreamItem>?
    private var last: Unmanaged<StreamItem>?

    var first: StreamItem? { head?.takeUnretainedValue() }

    mutating func append(_ item: StreamItem) {
        let fresh = Unmanaged.passUnretained(item)
        item.isListed = true
        item.previous = last
        if let last { last._withUnsafeGuaranteedRef { $0.next = fresh } } else { head = fresh }
        last = fresh
    }

    /// False if it is not among them any more.
    mutating func remove(_ item: StreamItem) -> Bool {
        guard item.isListed else { return false }
        item.isListed = false
        let (previous, next) = (item.previous, item.next)
        if let previous { previous._withUnsafeGuaranteedRef { $0.next = next } } else { head = next }
        if let next { next._withUnsafeGuaranteedRef { $0.previous = previous } } else { last = previous }
        item.previous = nil
        item.next = nil
        return true
    }

    /// The processes of all of them, which then are no more among them.
    mutating func removeAll() -> [ProcessCell] {
        var all: [ProcessCell] = []
        while let item = first {
            if let process = item.process { all.append(process.takeUnretainedValue()) }
            _ = remove(item)
        }
        return all
    }
}
