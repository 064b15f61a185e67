internal import Synchronization

/// Counts the ends of processes that can be found somewhere, so that who has found which of them live need not look at them
/// again before one has ended.
///
/// Counted twice, at the beginning and at the end of what makes a process one that is no longer found. What is put together
/// when both counts are the same names nobody who has ended; and so it is as long as the first count stays what it was,
/// for whoever can know of a death finds it counted. Who puts nothing together but looks up one name asks each time whether
/// anybody is just ending. Of other processes nothing is counted: many may end at once.
@usableFromInline final class EndCounts: Sendable {
    private let begun = Atomic<UInt64>(0)
    private let done = Atomic<UInt64>(0)

    /// No count is ever this: of lists that have yet to be put together.
    @usableFromInline static var never: UInt64 { .max }

    /// The first count.
    @usableFromInline var now: UInt64 { begun.load(ordering: .sequentiallyConsistent) }

    /// The count under which a list may be put together now; nil while somebody is ending.
    @usableFromInline var settled: UInt64? {
        // The older of the two first: the other only grows.
        let ended = done.load(ordering: .sequentiallyConsistent)
        return now == ended ? ended : nil
    }

    /// Whether nobody is ending who can still be found.
    @usableFromInline var areSettled: Bool { settled != nil }

    /// The death of one of them is about to be declared.
    func begin() { begun.add(1, ordering: .sequentiallyConsistent) }

    /// Nobody can find that one any more, or take it for a living one.
    func end() { done.add(1, ordering: .sequentiallyConsistent) }
}

extension ProcessCell {
    /// From now on its death is counted among ``Node/listedEnds``. Whoever lists a process says so before he looks whether it
    /// lives.
    @usableFromInline final func beListed() { haveEndsCounted(Control.listed) }

    /// From now on its end is counted among ``Node/keyedEnds``. Before a unique key is entered for a process.
    @usableFromInline final func beKeyed() { haveEndsCounted(Control.keyed) }

    private final func haveEndsCounted(_ mark: UInt32) {
        if has(mark) { return }
        // With the lock, by which death is declared: either it is counted or the process is found dead.
        guarding.withLock { set(mark) }
    }
}
