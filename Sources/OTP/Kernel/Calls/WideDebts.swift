internal import COTPRuntime

/// The calls that wait for a process whom many workers call at the same time: in several lists, each with a lock and cache
/// lines of its own, so that those who begin and end a call on different workers do not wait for each other.
///
/// A kilobyte: only for processes at whose lock others have been met often. Once made it stays, until the process is freed.
// @unchecked because each list is guarded by its lock.
final class WideDebts: @unchecked Sendable {
    private struct Part: ~Copyable {
        let lock = SpinLock()
        var list = DebtList()
        /// The process has ended: nothing is entered any more.
        var isClosed = false
    }

    private static var count: Int { 8 }
    /// Bytes from one part to the next: two cache lines, for processors fetch them in pairs.
    private static var stride: Int { 128 }

    private let memory: UnsafeMutableRawPointer

    /// What has been in the one list comes into the first part.
    init(_ list: DebtList) {
        memory = .allocate(byteCount: Self.count * Self.stride, alignment: Self.stride)
        for index in 0..<Self.count { part(index).initialize(to: Part()) }
        part(0).pointee.list = list
    }

    deinit {
        for index in 0..<Self.count { part(index).deinitialize(count: 1) }
        memory.deallocate()
    }

    private func part(_ index: Int) -> UnsafeMutablePointer<Part> {
        (memory + index &* Self.stride).assumingMemoryBound(to: Part.self)
    }

    /// Notes that the call waits; false if the process has ended.
    func enter(_ slot: CallSlot) -> Bool {
        let index = (Worker.current?.pointee.index ?? Int(otp_thread_number())) & (Self.count - 1)
        let part = part(index)
        part.pointee.lock.lock()
        defer { part.pointee.lock.unlock() }
        if part.pointee.isClosed { return false }
        slot.body.pointee.debtPart = UInt8(index)
        part.pointee.list.enter(slot)
        return true
    }

    /// The call is over.
    func remove(_ slot: CallSlot) {
        let part = part(Int(slot.body.pointee.debtPart))
        part.pointee.lock.lock()
        part.pointee.list.remove(slot)
        part.pointee.lock.unlock()
    }

    /// Takes all out, and lets none in any more.
    func close(_ body: (CallSlot) -> Void) {
        for index in 0..<Self.count {
            let part = part(index)
            part.pointee.lock.lock()
            part.pointee.isClosed = true
            part.pointee.list.removeAll(body)
            part.pointee.lock.unlock()
        }
    }
}
