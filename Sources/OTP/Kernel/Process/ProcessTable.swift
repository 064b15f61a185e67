/// All living processes of a node, by number. Sharded, so that starting and ending scale.
// @unchecked because each shard is guarded by its own lock.
final class ProcessTable: @unchecked Sendable {
    private static let shardCount = 64
    /// From one lock to the next: a cache line.
    private static let lockStride = 16
    // In plain memory, for to reach an object costs two references each time; the locks beside the tables, so that whoever
    // takes a lock accesses the lock alone.
    private let locks: UnsafeMutablePointer<SpinLock>
    private let tables: UnsafeMutablePointer<ProbeTable<Int, ProcessCell>>

    init() {
        locks = .allocate(capacity: Self.shardCount * Self.lockStride)
        for i in 0..<(Self.shardCount * Self.lockStride) { (locks + i).initialize(to: SpinLock()) }
        tables = .allocate(capacity: Self.shardCount)
        for i in 0..<Self.shardCount { (tables + i).initialize(to: ProbeTable()) }
    }

    deinit {
        for i in 0..<Self.shardCount { tables[i].destroy() }
        tables.deallocate()
        locks.deallocate()
    }

    /// Runs `body` with the table alone.
    private func with<R>(_ shard: Int, _ body: (UnsafeMutablePointer<ProbeTable<Int, ProcessCell>>) -> R) -> R {
        (locks + shard * Self.lockStride).pointee.withLock { body(tables + shard) }
    }

    private static func key(_ pid: PID) -> Int { Int(truncatingIfNeeded: pid.raw) }

    private static func shard(_ pid: PID) -> Int { Int(pid.raw & UInt64(shardCount - 1)) }

    func insert(_ cell: ProcessCell) { with(Self.shard(cell.pid)) { $0.pointee.insert(Self.key(cell.pid), cell) } }

    func remove(_ pid: PID) {
        let freed = with(Self.shard(pid)) { $0.pointee.remove(Self.key(pid)) }
        _ = freed
    }

    subscript(pid: PID) -> ProcessCell? { with(Self.shard(pid)) { $0.pointee.find(Self.key(pid))?.pointee } }

    var count: Int { (0..<Self.shardCount).reduce(0) { sum, shard in sum + with(shard) { $0.pointee.count } } }

    /// Every process alive during the whole call exactly once, by age.
    var all: [ProcessCell] {
        var result: [ProcessCell] = []
        for shard in 0..<Self.shardCount {
            with(shard) { table in table.pointee.forEach { _, cell in result.append(cell.pointee) } }
        }
        return result.sorted { $0.pid < $1.pid }
    }
}
