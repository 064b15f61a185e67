internal import Synchronization

/// How many changes are under way, where readers can look at it without disturbing each other.
@usableFromInline struct ChangesUnderWay: Sendable {
    private let word = LoneWord<Int>()

    /// Gives the memory back.
    func destroy() { word.destroy() }

    @usableFromInline var isNone: Bool { word.atomic.pointee.load(ordering: .sequentiallyConsistent) == 0 }
    @usableFromInline func begin() { word.atomic.pointee.add(1, ordering: .sequentiallyConsistent) }
    @usableFromInline func end() { word.atomic.pointee.subtract(1, ordering: .sequentiallyConsistent) }
}
