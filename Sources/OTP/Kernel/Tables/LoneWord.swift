internal import Synchronization

/// A word in a cache line of its own: what lay beside it would go from core to core with it, whoever reads it.
// @unchecked because the memory is written once, and what is in it is atomic.
struct LoneWord<Value: AtomicRepresentable & FixedWidthInteger>: @unchecked Sendable {
    /// A cache line and its neighbour, which processors fetch together.
    private static var room: Int { 128 }
    let atomic: UnsafeMutablePointer<Atomic<Value>>

    /// Begins with 0.
    init() {
        atomic = UnsafeMutableRawPointer.allocate(byteCount: Self.room, alignment: Self.room)
            .bindMemory(to: Atomic<Value>.self, capacity: 1)
        atomic.initialize(to: Atomic(0))
    }

    /// Gives the memory back; of what lives as long as the program it is never given back.
    func destroy() { atomic.deallocate() }
}
