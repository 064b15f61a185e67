internal import COTPRuntime

/// The calls that wait for a process whom many workers call at the same time: in several lists, each with a lock and cache
/// lines of its own, so that those who begin and end a call on different workers do not wait for each other.
///
/// A kilobyte: only for processes at whose lock others have been met often. Once made it stays, until the process is freed.
// @unchecked because each list is guarded by its lock.
final class WideDebts: @unchecked Sendable {
    private struct Part {
        var list = DebtList()
        /// The process has ended: nothing is entered any more.
        var isClosed = false
    }

    private static var count: Int { 8 }
    private let parts = LockedParts(count) { Part() }

    /// What has been in the one list comes into the first part.
    init(_ list: DebtList) { parts[0].data.pointee.list = list }

    deinit { parts.destroy(Self.count) }

    /// Different for those that run at the same time, as far as there are enough.
    private static var home: Int {
        if let worker = Worker.current, worker.pointee.role == .thread { return worker.pointee.index }
        return Int(otp_thread_number())
    }

    /// Notes that the call waits; false if the process has ended.
    func enter(_ slot: CallSlot) -> Bool {
        let index = Self.home & (Self.count - 1)
        let (lock, data) = parts[index]
        lock.pointee.lock()
        defer { lock.pointee.unlock() }
        if data.pointee.isClosed { return false }
        slot.body.pointee.debtPart = UInt8(index)
        data.pointee.list.enter(slot)
        return true
    }

    /// The call is over.
    func remove(_ slot: CallSlot) {
        let (lock, data) = parts[Int(slot.body.pointee.debtPart)]
        lock.pointee.lock()
        data.pointee.list.remove(slot)
        lock.pointee.unlock()
    }

    /// Takes all out, and lets none in any more.
    func close(_ body: (CallSlot) -> Void) {
        for index in 0..<Self.count {
            let (lock, data) = parts[index]
            lock.pointee.lock()
            data.pointee.isClosed = true
            data.pointee.list.removeAll(body)
            lock.pointee.unlock()
        }
    }
}
