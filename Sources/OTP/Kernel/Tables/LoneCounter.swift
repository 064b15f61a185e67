internal import Synchronization

/// A number that many workers count up. Never freed: for what lives as long as the program.
struct LoneCounter: Sendable {
    private let word = LoneWord<UInt64>()

    /// The next number, from 1.
    func next() -> UInt64 { word.atomic.pointee.add(1, ordering: .relaxed).newValue }

    /// The first of so many numbers that nobody else gets.
    func next(_ count: UInt64) -> UInt64 { word.atomic.pointee.add(count, ordering: .relaxed).oldValue + 1 }

    /// The one given last.
    var now: UInt64 { word.atomic.pointee.load(ordering: .acquiring) }
}
