internal import Synchronization

/// A number in a cache line of its own: what lay beside it would go from core to core with it, whoever reads it.
// @unchecked because the memory is written once, and what is in it is atomic.
@usableFromInline struct LoneWord: @unchecked Sendable {
    /// A cache line and its neighbour, which processors fetch together.
    private static let room = 128
    let atomic: UnsafeMutablePointer<Atomic<UInt64>>

    init() {
        atomic = UnsafeMutableRawPointer.allocate(byteCount: Self.room, alignment: Self.room)
            .bindMemory(to: Atomic<UInt64>.self, capacity: 1)
        atomic.initialize(to: Atomic(0))
    }

    /// Gives the memory back; of what lives as long as the program it is never given back.
    func destroy() { atomic.deallocate() }
}
