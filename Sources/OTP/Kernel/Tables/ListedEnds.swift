internal import Synchronization

/// Counts the ends of processes that stand in somebody's list, so that who has put together which of them live need not
/// do so again before one has ended.
///
/// Counted twice, before a death is declared and after. A list that is put together when both counts are the same names
/// nobody who has ended; and so it is as long as the first count stays what it was, for whoever can know of a death
/// finds it counted. Of processes that stand in no list nothing is counted: many may end at once.
@usableFromInline final class ListedEnds: Sendable {
    private let begun = Atomic<UInt64>(0)
    private let done = Atomic<UInt64>(0)

    /// No count is ever this: of lists that have yet to be put together.
    @usableFromInline static var never: UInt64 { .max }

    /// The first count.
    @usableFromInline var now: UInt64 { begun.load(ordering: .sequentiallyConsistent) }

    /// The count under which a list may be put together now; nil while somebody's death is being declared.
    @usableFromInline var settled: UInt64? {
        let ended = done.load(ordering: .sequentiallyConsistent)
        return now == ended ? ended : nil
    }

    /// Runs `declare`, by which a process that is listed becomes a dead one.
    func count<R>(_ declare: () -> R) -> R {
        begun.add(1, ordering: .sequentiallyConsistent)
        defer { done.add(1, ordering: .sequentiallyConsistent) }
        return declare()
    }
}

extension ProcessCell {
    /// From now on its end is counted. Whoever lists a process says so before he looks whether it lives.
    @usableFromInline final func beListed() {
        if has(Control.listed) { return }
        // With the lock, by which death is declared: either it is counted or the process is found dead.
        guarding.withLock { set(Control.listed) }
    }
}
