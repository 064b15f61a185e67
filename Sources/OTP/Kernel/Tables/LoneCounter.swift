internal import Synchronization

/// A number that many workers count up, in a cache line of its own: what lay beside it would go from core to core with it,
/// whoever reads it.
///
/// Never freed: for what lives as long as the program.
// @unchecked because the memory is written once, and what is in it is atomic.
struct LoneCounter: @unchecked Sendable {
    /// A cache line and its neighbour, which processors fetch together.
    private static let room = 128
    private let word: UnsafeMutablePointer<Atomic<UInt64>>

    init() {
        word = UnsafeMutableRawPointer.allocate(byteCount: Self.room, alignment: Self.room)
            .bindMemory(to: Atomic<UInt64>.self, capacity: 1)
        word.initialize(to: Atomic(0))
    }

    /// The next number, from 1.
    func next() -> UInt64 { word.pointee.add(1, ordering: .relaxed).newValue }

    /// The one given last.
    var now: UInt64 { word.pointee.load(ordering: .acquiring) }
}
