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
        let (lock, block) = blocks[ThreadPart.index]
        lock.pointee.lock()
        defer { lock.pointee.unlock() }
        if block.pointee.left == 0 {
            block.pointee.next = numbers.next(Self.blockLength)
            block.pointee.left = Self.blockLength
        }
        defer {
            block.pointee.next += 1
            block.pointee.left -= 1
        }
        return block.pointee.next
    }
}
