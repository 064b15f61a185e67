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
    /// Bytes from one part to the next: two cache lines, for processors fetch them in pairs.
    private static var stride: Int { 128 }
    /// From a lock to what it guards, in the same cache line: two things, so that to take the one is no access to the other.
    private static var offset: Int { 16 }

    private let memory: UnsafeMutableRawPointer

    /// What has been in the one list comes into the first part.
    init(_ list: DebtList) {
        memory = .allocate(byteCount: Self.count * Self.stride, alignment: Self.stride)
        for index in 0..<Self.count {
            part(index).lock.initialize(to: SpinLock())
            part(index).data.initialize(to: Part())
        }
        part(0).data.pointee.list = list
    }

    deinit {
        for index in 0..<Self.count {
            part(index).lock.deinitialize(count: 1)
            part(index).data.deinitialize(count: 1)
        }
        memory.deallocate()
    }

    private func part(_ index: Int) -> (lock: UnsafeMutablePointer<SpinLock>, data: UnsafeMutablePointer<Part>) {
        let place = memory + index &* Self.stride
        return (
            place.assumingMemoryBound(to: SpinLock.self), (place + Self.offset).assumingMemoryBound(to: Part.self)
        )
    }

    /// Different for those that run at the same time, as far as there are enough.
    private static var home: Int {
        if let worker = Worker.current, worker.pointee.role == .thread { return worker.pointee.index }
        return Int(otp_thread_number())
    }

    /// Notes that the call waits; false if the process has ended.
    func enter(_ slot: CallSlot) -> Bool {
        let index = Self.home & (Self.count - 1)
        let (lock, data) = part(index)
        lock.pointee.lock()
        defer { lock.pointee.unlock() }
        if data.pointee.isClosed { return false }
        slot.body.pointee.debtPart = UInt8(index)
        data.pointee.list.enter(slot)
        return true
    }

    /// The call is over.
    func remove(_ slot: CallSlot) {
        let (lock, data) = part(Int(slot.body.pointee.debtPart))
        lock.pointee.lock()
        data.pointee.list.remove(slot)
        lock.pointee.unlock()
    }

    /// Takes all out, and lets none in any more.
    func close(_ body: (CallSlot) -> Void) {
        for index in 0..<Self.count {
            let (lock, data) = part(index)
            lock.pointee.lock()
            data.pointee.isClosed = true
            data.pointee.list.removeAll(body)
            lock.pointee.unlock()
        }
    }
}
