/// All living processes of a node, by number. Sharded, so that starting and ending scale.
// @unchecked because each shard is guarded by its own lock.
final class ProcessTable: @unchecked Sendable {
    private struct Shard: ~Copyable {
        let guarding = SpinLock()
        var cells = ProbeTable<Int, ProcessCell>()
    }

    private static let shardCount = 64
    /// In plain memory: to reach an object costs two references each time.
    private let shards: UnsafeMutablePointer<Shard>

    init() {
        shards = .allocate(capacity: Self.shardCount)
        for i in 0..<Self.shardCount { (shards + i).initialize(to: Shard()) }
    }

    deinit {
        for i in 0..<Self.shardCount { shards[i].cells.destroy() }
        shards.deinitialize(count: Self.shardCount)
        shards.deallocate()
    }

    private static func key(_ pid: PID) -> Int { Int(truncatingIfNeeded: pid.raw) }

    private func shard(_ pid: PID) -> UnsafeMutablePointer<Shard> {
        shards + Int(pid.raw & UInt64(Self.shardCount - 1))
    }

    func insert(_ cell: ProcessCell) {
        let shard = shard(cell.pid)
        shard.pointee.guarding.withLock { shard.pointee.cells.insert(Self.key(cell.pid), cell) }
    }

    func remove(_ pid: PID) {
        let shard = shard(pid)
        let freed = shard.pointee.guarding.withLock { shard.pointee.cells.remove(Self.key(pid)) }
        _ = freed
    }

    subscript(pid: PID) -> ProcessCell? {
        let shard = shard(pid)
        return shard.pointee.guarding.withLock { shard.pointee.cells.find(Self.key(pid))?.pointee }
    }

    var count: Int {
        var sum = 0
        for i in 0..<Self.shardCount {
            let shard = shards + i
            sum += shard.pointee.guarding.withLock { shard.pointee.cells.count }
        }
        return sum
    }

    /// Every process alive during the whole call exactly once, by age.
    var all: [ProcessCell] {
        var result: [ProcessCell] = []
        for i in 0..<Self.shardCount {
            let shard = shards + i
            shard.pointee.guarding.withLock { shard.pointee.cells.forEach { _, cell in result.append(cell.pointee) } }
        }
        return result.sorted { $0.pid < $1.pid }
    }
}
