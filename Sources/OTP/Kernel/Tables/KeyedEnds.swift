internal import Synchronization

/// Counts the ends of processes that have unique keys, so that who looks one up need not look at its process too.
///
/// Counted twice: before death is declared, and when nothing of the process can be found by a key any more. While both
/// counts are the same nobody has ended who can be found, unless a change of the registry is under way during which an
/// entry is not noted with its process. Apart from ``ListedEnds``: these ends leave the lists as they are.
@usableFromInline final class KeyedEnds: Sendable {
    private let begun = Atomic<UInt64>(0)
    private let cleared = Atomic<UInt64>(0)

    /// Whether of all who have ended nothing can be found any more.
    @usableFromInline var areCleared: Bool {
        // The older of the two first: the other only grows.
        let gone = cleared.load(ordering: .sequentiallyConsistent)
        return begun.load(ordering: .sequentiallyConsistent) == gone
    }

    /// The death of one of them is about to be declared.
    func begin() { begun.add(1, ordering: .sequentiallyConsistent) }

    /// Nothing of one of them can be found any more.
    func clear() { cleared.add(1, ordering: .sequentiallyConsistent) }
}

extension ProcessCell {
    /// From now on its end is counted. Before a unique key is entered for a process.
    @usableFromInline final func beKeyed() {
        if has(Control.keyed) { return }
        // With the lock, by which death is declared: either it is counted or the process is found dead.
        guarding.withLock { set(Control.keyed) }
    }
}

/// How many changes are under way, in a cache line of its own: readers look at what would lie beside it.
// @unchecked because the memory is written once, and what is in it is atomic.
@usableFromInline struct ChangesUnderWay: @unchecked Sendable {
    private let count: UnsafeMutablePointer<Atomic<Int>>

    init() {
        count = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)
            .bindMemory(to: Atomic<Int>.self, capacity: 1)
        count.initialize(to: Atomic(0))
    }

    /// Gives the memory back.
    func destroy() { count.deallocate() }

    @usableFromInline var isNone: Bool { count.pointee.load(ordering: .sequentiallyConsistent) == 0 }
    @usableFromInline func begin() { count.pointee.add(1, ordering: .sequentiallyConsistent) }
    @usableFromInline func end() { count.pointee.subtract(1, ordering: .sequentiallyConsistent) }
}
