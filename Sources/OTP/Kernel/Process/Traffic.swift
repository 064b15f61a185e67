internal import Synchronization

/// What is counted of a process while it is observed. Erlang: `sys:statistics/2`.
final class Traffic: Sendable {
    private let sent = Atomic<Int>(0)
    private let begun = LockedBox<(at: UInt64, seen: UInt64)>((0, 0))

    init() {}

    /// Begins anew.
    func begin(at now: UInt64, seen: UInt64) {
        sent.store(0, ordering: .relaxed)
        begun.set((now, seen))
    }

    /// A reply has gone out, or something else that the process calls a message.
    func noteSent(_ count: Int = 1) { sent.add(count, ordering: .relaxed) }

    var sentCount: Int { sent.load(ordering: .relaxed) }
    var beginning: (at: UInt64, seen: UInt64) { begun.get() }
}
