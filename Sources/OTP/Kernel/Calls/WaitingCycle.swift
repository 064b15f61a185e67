internal import Synchronization

/// Finds cycles of processes that wait for each other.
///
/// A process waits for a server only while its own handler is in a call whose request is queued or being handled
/// there. Each waiter publishes its wait and then walks along the waits of others; when two close a cycle at once, at
/// least one of them sees it. The walk is repeated under a lock and fails exactly one call.
enum WaitingCycle {
    // One for all nodes: a walk follows calls from one node to another.
    private static let lock = SpinLock()
    private static let walks = Atomic<Int>(0)

    /// Fails the call in `slot` if waiting for `server` would never end.
    static func refuse(_ process: ProcessCell, _ slot: CallSlot, _ generation: UInt64, _ server: ProcessCell) {
        walking { if let cycle = find(from: process, slot, server) { slot.fail(generation, .cycle(cycle)) } }
    }

    /// Runs `body` while no waiter that it may come by lets go.
    static func walking<R>(_ body: () -> R) -> R {
        lock.withLock {
            walks.store(1, ordering: .sequentiallyConsistent)
            defer { walks.store(0, ordering: .sequentiallyConsistent) }
            return body()
        }
    }

    /// A waiter keeps the server it waits for alive; before it lets go, a walk that may pass there has to be over.
    static func letWalkersPass() {
        guard walks.load(ordering: .sequentiallyConsistent) != 0 else { return }
        lock.withLock {}
    }

    private static func find(from process: ProcessCell, _ slot: CallSlot, _ server: ProcessCell) -> [PID]? {
        var path = [process.pid]
        var cell = server
        var slot = slot
        while path.count < 10_000 {
            guard isQueuedOrHandled(slot, by: cell) else { return nil }
            if cell === process { return path + [process.pid] }
            path.append(cell.pid)
            let bits = cell.waitingOn.load(ordering: .sequentiallyConsistent)
            guard let body = UnsafeMutablePointer<CallSlot.Body>(bitPattern: bits) else { return nil }
            slot = CallSlot(body: body)
            let word = body.pointee.word.load(ordering: .acquiring)
            if word & CallSlot.Flag.claimed != 0 { return nil }
            let next = body.pointee.server.load(ordering: .relaxed)
            guard let pointer = UnsafeRawPointer(bitPattern: next) else { return nil }
            cell = Unmanaged<ProcessCell>.fromOpaque(pointer).takeUnretainedValue()
        }
        return nil
    }

    /// A reply that is kept for later does not bind its server: others may cause it to answer.
    private static func isQueuedOrHandled(_ slot: CallSlot, by cell: ProcessCell) -> Bool {
        let consumed = cell.mailbox.consumed.load(ordering: .acquiring)
        return RequestNumber.binds(slot.body.pointee.requestNumber.load(ordering: .relaxed), consumed: consumed)
    }
}

/// What stands for the running number of a request in its server's mailbox, where it has none.
@usableFromInline enum RequestNumber {
    /// A request of the system, which binds the process until it is answered.
    @usableFromInline static var system: UInt64 { .max }
    /// Handled on its caller's thread; its reply was kept for later.
    static var kept: UInt64 { .max - 1 }
    /// The same, but the rest of it is for a turn of the server, which had taken no message yet.
    static var beforeAll: UInt64 { .max - 2 }

    /// Whether a request is queued or being handled by a server that has taken so many messages.
    static func binds(_ number: UInt64, consumed: UInt64) -> Bool {
        switch number {
        case system: true
        case kept: false
        case beforeAll: consumed == 0
        default: number + 1 >= consumed
        }
    }
}
