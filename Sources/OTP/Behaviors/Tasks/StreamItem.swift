/// One item of a stream, its task and what became of that. The end of the item's process is the end of its task.
// @unchecked because the input is written before anybody else knows of the item and read by the consumer, who gets it
// once; the value belongs to the body until it counts, and then to the consumer; `isReturned` and `hasEnded` are guarded by
// the item's lock, all else by that of its run.
@usableFromInline final class StreamItem: ProcessResource, @unchecked Sendable {
    @exclusivity(unchecked) @usableFromInline var input = TaskValue()
    @exclusivity(unchecked) @usableFromInline var value = TaskValue()
    private let guarding = SpinLock()
    @exclusivity(unchecked) private var isReturned = false
    @exclusivity(unchecked) private var hasEnded = false

    // Of the run.
    @exclusivity(unchecked) var run: StreamRun?
    @exclusivity(unchecked) var index = 0
    @exclusivity(unchecked) var cell: ProcessCell?
    /// By when it has to have ended; `.max`: it may take as long as it likes.
    @exclusivity(unchecked) var deadline: UInt64 = .max
    /// Its neighbours among those that run, by the time of their start.
    @exclusivity(unchecked) unowned(unsafe) var previous: StreamItem?
    @exclusivity(unchecked) var next: StreamItem?
    @exclusivity(unchecked) var isListed = false

    @usableFromInline init() {}

    deinit {
        input.destroy()
        value.destroy()
    }

    /// The body has returned. Its value counts unless the process had been asked to end before.
    @inlinable func returned<Value: Sendable>(_ value: Value, _ me: PlainProcess<Never>) {
        self.value.store(value)
        if !noteReturn(me) { self.value.destroy() }
    }

    @usableFromInline func noteReturn(_ me: PlainProcess<Never>) -> Bool {
        guarding.withLock {
            if hasEnded || me.cell.has(ProcessCell.Control.exitPending | ProcessCell.Control.dead) { return false }
            isReturned = true
            return true
        }
    }

    @usableFromInline func release(_ pid: PID, reason: ExitReason) {
        let hasValue = guarding.withLock {
            hasEnded = true
            return isReturned
        }
        run?.itemEnded(self, hasValue: hasValue, pid, reason)
    }
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
struct StreamItems {
    private(set) var first: StreamItem?
    private unowned(unsafe) var last: StreamItem?

    mutating func append(_ item: StreamItem) {
        item.isListed = true
        item.previous = last
        if let last { last.next = item } else { first = item }
        last = item
    }

    /// False if it is not among them any more.
    mutating func remove(_ item: StreamItem) -> Bool {
        guard item.isListed else { return false }
        item.isListed = false
        let next = item.next.take()
        next?.previous = item.previous
        if item.previous == nil { first = next } else { item.previous?.next = next }
        if next == nil { last = item.previous }
        item.previous = nil
        return true
    }

    /// All of them, which then run no more.
    mutating func removeAll() -> [StreamItem] {
        var all: [StreamItem] = []
        while let item = first {
            all.append(item)
            _ = remove(item)
        }
        return all
    }
}
