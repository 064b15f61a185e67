/// Numbers for callers that are no processes, taken from the node's in blocks: one by one each would be a count that all threads
/// share. Never freed, as the node's numbers.
// @unchecked because each block is touched with its lock held.
struct CallerNumbers: @unchecked Sendable {
    private let blocks = LockedParts(ThreadPart.count) { NumberBlock() }

    func next(of numbers: LoneCounter) -> UInt64 { blocks.withLock(ThreadPart.index) { $0.next(of: numbers) } }
}
