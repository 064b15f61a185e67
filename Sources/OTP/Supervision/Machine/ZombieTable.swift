/// Killed children whose last handler still runs.
struct ZombieTable: Sendable {
    private struct Zombie {
        let id: ChildID
        /// Waited for long enough: a replacement may start beside it.
        var isOverdue: Bool
    }

    private var byRef: [ChildRef: Zombie] = [:]
    private var byID: [ChildID: ChildRef] = [:]
    /// Children that start, again or on request, as soon as the zombies in their way have ended.
    var awaiting: [ChildRef] = []

    mutating func insert(_ ref: ChildRef, id: ChildID, isOverdue: Bool) {
        if let earlier = byID.updateValue(ref, forKey: id) { byRef[earlier] = nil }
        byRef[ref] = Zombie(id: id, isOverdue: isOverdue)
    }

    mutating func remove(_ ref: ChildRef) {
        guard let zombie = byRef.removeValue(forKey: ref) else { return }
        if byID[zombie.id] == ref { byID[zombie.id] = nil }
    }

    mutating func setOverdue(_ ref: ChildRef) { byRef[ref]?.isOverdue = true }

    /// Whether a start of `id` would have to wait.
    func holdsUp(_ id: ChildID) -> Bool { byID[id].flatMap { byRef[$0] }.map { !$0.isOverdue } ?? false }

    /// Whether a start of `id` now runs beside its predecessor.
    func isOverlap(startOf id: ChildID) -> Bool { byID[id] != nil }

    /// The ids that would have to wait.
    var held: [ChildID] { byID.keys.filter(holdsUp) }

    var count: Int { byRef.count }
}
