internal import Synchronization

/// The free slots of threads that are no workers, and those that are too many for a worker: in several parts, so that such threads
/// do not wait for each other.
// @unchecked because each chain is touched with its lock held.
struct CallSlotPool: @unchecked Sendable {
    /// That of the program.
    static let shared = CallSlotPool()

    private struct Part: ~Copyable {
        /// The first of a chain, as a word that may be looked at without the lock.
        let first = Atomic<UInt>(0)
    }

    private let parts = LockedParts(ThreadPart.count) { Part() }

    /// One from the part of this thread, or from any other: what some threads take others may give back.
    func take() -> CallSlot? {
        let own = ThreadPart.index
        for offset in 0..<ThreadPart.count {
            let (lock, part) = parts[(own + offset) & (ThreadPart.count - 1)]
            if part.pointee.first.load(ordering: .relaxed) == 0 { continue }
            lock.pointee.lock()
            defer { lock.pointee.unlock() }
            guard let slot = CallSlot(bits: part.pointee.first.load(ordering: .relaxed)) else { continue }
            part.pointee.first.store(CallSlot.bits(of: slot.body.pointee.next), ordering: .relaxed)
            slot.body.pointee.next = nil
            return slot
        }
        return nil
    }

    func give(_ slot: CallSlot) {
        let (lock, part) = parts[ThreadPart.index]
        lock.pointee.lock()
        defer { lock.pointee.unlock() }
        slot.body.pointee.next = CallSlot(bits: part.pointee.first.load(ordering: .relaxed))
        part.pointee.first.store(CallSlot.bits(of: slot), ordering: .relaxed)
    }
}

extension CallSlot {
    /// The slot as a word; 0: none.
    fileprivate static func bits(of slot: CallSlot?) -> UInt { slot.map { UInt(bitPattern: $0.body) } ?? 0 }

    fileprivate init?(bits: UInt) {
        guard let body = UnsafeMutablePointer<Body>(bitPattern: bits) else { return nil }
        self.init(body: body)
    }
}
