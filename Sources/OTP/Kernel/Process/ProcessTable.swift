/// All living processes of a node, by number. Sharded, so that starting and ending scale.
// @unchecked because each shard is guarded by its own lock.
final class ProcessTable: @unchecked Sendable {
    /// A class, so that whoever takes its lock accesses the lock alone.
    // @unchecked because the lock guards the rest.
    private final class Shard: @unchecked Sendable {
        let guarding = SpinLock()
        @exclusivity(unchecked) var cells = ProbeTable<Int, ProcessCell>()
    }

    private static let shardCount = 64
    private let shards: [Shard]

    init() {
        shards = (0..<Self.shardCount).map { _ in Shard() }
    }

    private static func key(_ pid: PID) -> Int { Int(truncatingIfNeeded: pid.raw) }

    private func shard(_ pid: PID) -> Shard {
        shards[Int(pid.raw & UInt64(Self.shardCount - 1))]
    }

    func insert(_ cell: ProcessCell) {
        let shard = shard(cell.pid)
        shard.guarding.withLock { shard.cells.insert(Self.key(cell.pid), cell) }
    }

    func remove(_ pid: PID) {
        let shard = shard(pid)
        let freed = shard.guarding.withLock { shard.cells.remove(Self.key(pid)) }
        _ = freed
    }

    subscript(pid: PID) -> ProcessCell? {
        let shard = shard(pid)
        return shard.guarding.withLock { shard.cells.find(Self.key(pid))?.pointee }
    }

    var count: Int {
        var sum = 0
        for i in 0..<Self.shardCount {
            let shard = shards[i]
            sum += shard.guarding.withLock { shard.cells.count }
        }
        return sum
    }

    /// Every process alive during the whole call exactly once, by age.
    var all: [ProcessCell] {
        var result: [ProcessCell] = []
        for i in 0..<Self.shardCount {
            let shard = shards[i]
            shard.guarding.withLock { shard.cells.forEach { _, cell in result.append(cell.pointee) } }
        }
        return result.sorted { $0.pid < $1.pid }
    }
}
