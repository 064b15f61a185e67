internal import Synchronization

/// A word in a cache line of its own.
// @unchecked because the memory is written once, and what is in it is atomic.
struct LoneWord<Value: AtomicRepresentable & FixedWidthInteger>: @unchecked Sendable {
    let atomic: UnsafeMutablePointer<Atomic<Value>>

    /// Begins with 0.
    init() {
        atomic = OwnLines.allocate(Atomic<Value>.self)
        atomic.initialize(to: Atomic(0))
    }

    /// Gives the memory back; of what lives as long as the program it is never given back.
    func destroy() { atomic.deallocate() }
}
