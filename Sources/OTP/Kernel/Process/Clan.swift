internal import Synchronization

/// A process and all that it has started, that these have started and so on, whoever of them has ended meanwhile. Each is born into
/// that of its parent and stays in it. Erlang: the processes of one group leader.
final class Clan: Sendable {
    private let closed = Atomic(false)

    /// Whether whoever is born into it is killed at once.
    var isClosed: Bool { closed.load(ordering: .relaxed) }

    /// Kills all of them but `survivor`, and from now on whoever is born into it: nobody can outrun that by starting others.
    func end(on node: Node, except survivor: PID?) {
        // Before the table is read: whoever is put into it later sees this, for both hold the lock of his part of it.
        closed.store(true, ordering: .relaxed)
        for cell in node.table.unsorted where cell.pid != survivor && cell.origin?.clan === self { cell.kill() }
    }
}
