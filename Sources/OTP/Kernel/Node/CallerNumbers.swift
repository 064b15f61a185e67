/// Numbers for callers that are no processes, taken from the node's in blocks: one by one each would be a count that all threads
/// share. Never freed, as the node's numbers.
// @unchecked because each block is touched with its lock held.
struct CallerNumbers: @unchecked Sendable {
    private struct Block {
        var next: UInt64 = 0
        var left: UInt64 = 0
    }

    private static var blockLength: UInt64 { 64 }
    private let blocks = LockedParts(ThreadPart.count) { Block() }

    func next(of numbers: LoneCounter) -> UInt64 {
        blocks.withLock(ThreadPart.index) { block in
            if block.left == 0 {
                block.next = numbers.next(Self.blockLength)
                block.left = Self.blockLength
            }
            defer { block.next += 1 }
            block.left -= 1
            return block.next
        }
    }
}
