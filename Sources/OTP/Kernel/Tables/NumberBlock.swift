/// Numbers taken from a counter in advance, for one thread at a time: one by one each would be a count that all share.
struct NumberBlock {
    private static var length: UInt64 { 64 }

    private var upcoming: UInt64 = 0
    private var left: UInt64 = 0

    /// The next number that nobody else gets; of one block each is greater than those before.
    @inline(__always) mutating func next(of numbers: @autoclosure () -> LoneCounter) -> UInt64 {
        if left == 0 {
            upcoming = numbers().next(Self.length)
            left = Self.length
        }
        defer { upcoming &+= 1 }
        left &-= 1
        return upcoming
    }
}
