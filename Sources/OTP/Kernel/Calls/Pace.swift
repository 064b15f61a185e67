/// Whether a server is quick enough to be run on the threads of its callers.
///
/// One slow call may be the machine's doing. So a server that was slow is queued for a few calls and then tried again;
/// every slow trial doubles their number, every quick one halves it.
struct Pace: Equatable {
    /// How long a call may occupy the thread of its caller, in nanoseconds.
    static let limit: UInt64 = 100_000
    private static let highest: UInt32 = 10

    /// How often it was slow lately.
    private(set) var level: UInt32 = 0
    /// How many calls are still to be queued.
    private(set) var left: UInt32 = 0

    init() {}

    /// Whether the next call may run on its caller's thread; counts it if not.
    mutating func admits() -> Bool {
        if left == 0 { return true }
        left -= 1
        return false
    }

    /// A call that was timed is over.
    mutating func note(_ nanoseconds: UInt64) {
        if nanoseconds > Self.limit {
            level = min(level + 1, Self.highest)
            left = 4 << level
        } else if level > 0 {
            level -= 1
            left = level == 0 ? 0 : 4 << level
        }
    }
}

extension Pace {
    /// In one word, so that callers on several threads can share it. That one overwrites what another has just noted
    /// costs nothing but a trial too many.
    init(word: UInt32) {
        level = word >> 16
        left = word & 0xFFFF
    }

    var word: UInt32 { level << 16 | left }
}
