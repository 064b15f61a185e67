internal import Synchronization

/// A process and all that it has started, that these have started and so on, whoever of them has ended meanwhile. Each is born into
/// that of its parent and stays in it. Erlang: the processes of one group leader.
final class Clan: Sendable {
    /// Its members on other nodes are left alone, now and later.
    private let node: UInt16
    private let closed = Atomic(false)

    init(on node: Node) { self.node = node.id }

    var isEnded: Bool { closed.load(ordering: .relaxed) }

    /// Whether whoever is born into it there is killed at once.
    @inline(__always) func refuses(on node: Node) -> Bool { isEnded && self.node == node.id }

    /// Kills all of them but `survivor`, and from now on whoever is born into it: nobody can outrun that by starting others.
    func end(on node: Node, except survivor: PID? = nil) {
        // Before the table is read: whoever is put into it later sees this, for both hold the lock of his part of it.
        closed.store(true, ordering: .relaxed)
        for cell in node.table.unsorted where cell.pid != survivor && cell.origin?.clan === self { cell.kill() }
    }
}
