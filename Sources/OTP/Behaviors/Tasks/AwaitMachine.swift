/// Keeps account of several tasks that are waited for together: how many have ended, in which order, and whether that
/// is enough. Pure.
struct AwaitMachine {
    /// How many have to end; the wait is over then.
    let limit: Int
    /// Whether the first failure ends the wait.
    let stopsAtFailure: Bool
    /// Those that count, in the order in which they ended.
    private(set) var arrived: [Int] = []
    /// The first that failed, where that ends the wait.
    private(set) var failed: Int?
    private var isNoted: [Bool]

    init(count: Int, limit: Int? = nil, stopsAtFailure: Bool = false) {
        self.limit = max(0, min(limit ?? count, count))
        self.stopsAtFailure = stopsAtFailure
        isNoted = Array(repeating: false, count: count)
    }

    var isOver: Bool { failed != nil || arrived.count >= limit }

    /// Whether it counts.
    func hasNoted(_ index: Int) -> Bool { isNoted[index] }

    /// One has ended. True if that ends the wait; what comes later counts no more.
    mutating func note(_ index: Int, hasFailed: Bool) -> Bool {
        if isOver || isNoted[index] { return false }
        isNoted[index] = true
        arrived.append(index)
        if hasFailed, stopsAtFailure { failed = index }
        return isOver
    }
}
