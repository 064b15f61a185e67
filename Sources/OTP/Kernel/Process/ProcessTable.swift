/// All living processes of a node, by number. Sharded, so that starting and ending scale: what a shard needs lies in one
/// cache line, an entry in another one.
///
/// As a node, it is never freed.
// @unchecked because each shard is guarded by its own lock.
struct ProcessTable: @unchecked Sendable {
    /// So many numbers in a row are in one shard: 2 to the power of this. A worker that starts them, and mostly runs them, then
    /// finds that in its own cache. No more, for others may run them: these would wait for the lock of whoever starts the next.
    private static var rowBits: UInt64 { 2 }
    private static var shardBits: UInt64 { 6 }
    private static var shardCount: Int { 1 << Int(shardBits) }

    private struct Shard: ~Copyable {
        var count = 0
        /// How many places there are: 2 to the power of this.
        var bits: UInt64 = 3
        private var memory = Shard.places(8)

        private static func places(_ count: Int) -> UnsafeMutableRawPointer {
            let places = UnsafeMutableRawPointer.allocate(byteCount: count * 16, alignment: 64)
            places.initializeMemory(as: UInt64.self, repeating: 0, count: count * 2)
            return places
        }

        var capacity: Int { 1 << Int(truncatingIfNeeded: bits) }

        /// Even words: the PID, or 0. Odd ones: its process, retained.
        var places: UnsafeMutablePointer<UInt64> { memory.assumingMemoryBound(to: UInt64.self) }

        /// Those in a row have places in one cache line. Lines are spread by a multiplication, for nobody can choose numbers; it is at
        /// its best with numbers in a row: those of the shard are counted without what is the same for all of them.
        func home(_ word: UInt64) -> Int {
            let line = word &>> (ProcessTable.rowBits &+ ProcessTable.shardBits)
            let place = (line &* 0x9E37_79B9_7F4A_7C15) &>> (64 &- bits)
            return Int(truncatingIfNeeded: place & ~3 | word & 3)
        }

        /// Where it is, or -1.
        func index(of word: UInt64) -> Int {
            let mask = capacity &- 1
            var index = home(word)
            while true {
                let found = places[index &* 2]
                if found == word { return index }
                if found == 0 { return -1 }
                index = (index &+ 1) & mask
            }
        }

        func cell(at index: Int) -> Unmanaged<ProcessCell> {
            .fromOpaque(UnsafeRawPointer(bitPattern: UInt(places[index &* 2 &+ 1])).unsafelyUnwrapped)
        }

        func place(_ word: UInt64, _ bits: UInt64) {
            let mask = capacity &- 1
            var index = home(word)
            while places[index &* 2] != 0 { index = (index &+ 1) & mask }
            places[index &* 2] = word
            places[index &* 2 &+ 1] = bits
        }

        mutating func grow() {
            let old = (places: places, capacity: capacity)
            bits += 1
            memory = Shard.places(capacity)
            for index in 0..<old.capacity where old.places[index * 2] != 0 {
                place(old.places[index * 2], old.places[index * 2 + 1])
            }
            UnsafeMutableRawPointer(old.places).deallocate()
        }

        func append(to cells: inout [ProcessCell]) {
            for index in 0..<capacity where places[index * 2] != 0 {
                cells.append(cell(at: index).takeUnretainedValue())
            }
        }

        func clear(_ index: Int) {
            let mask = capacity &- 1
            var hole = index
            places[hole &* 2] = 0
            // What stands behind moves up, unless it would come to stand before its home.
            var next = (hole &+ 1) & mask
            while places[next &* 2] != 0 {
                let distance = (next &- home(places[next &* 2])) & mask
                if distance >= (next &- hole) & mask {
                    places[hole &* 2] = places[next &* 2]
                    places[hole &* 2 &+ 1] = places[next &* 2 &+ 1]
                    places[next &* 2] = 0
                    hole = next
                }
                next = (next &+ 1) & mask
            }
        }
    }

    private let shards = LockedParts(shardCount) { Shard() }

    private func shard(_ word: UInt64) -> LockedParts<Shard>.Place {
        shards[Int(truncatingIfNeeded: word &>> Self.rowBits) & (Self.shardCount - 1)]
    }

    /// Takes over the reference.
    func insert(held cell: Unmanaged<ProcessCell>) {
        let word = cell._withUnsafeGuaranteedRef { $0.pid.raw }
        let held = UInt64(UInt(bitPattern: cell.toOpaque()))
        let shard = shard(word)
        shard.lock.pointee.lock()
        if (shard.data.pointee.count &+ 1) &* 4 > shard.data.pointee.capacity &* 3 { shard.data.pointee.grow() }
        shard.data.pointee.place(word, held)
        shard.data.pointee.count &+= 1
        shard.lock.pointee.unlock()
    }

    func remove(_ pid: PID) {
        let shard = shard(pid.raw)
        shard.lock.pointee.lock()
        let index = shard.data.pointee.index(of: pid.raw)
        guard index >= 0 else { return shard.lock.pointee.unlock() }
        let cell = shard.data.pointee.cell(at: index)
        shard.data.pointee.clear(index)
        shard.data.pointee.count &-= 1
        shard.lock.pointee.unlock()
        cell.release()
    }

    subscript(pid: PID) -> ProcessCell? {
        let shard = shard(pid.raw)
        shard.lock.pointee.lock()
        defer { shard.lock.pointee.unlock() }
        let index = shard.data.pointee.index(of: pid.raw)
        return index < 0 ? nil : shard.data.pointee.cell(at: index).takeUnretainedValue()
    }

    /// The process with its own lock held and its relations open; nil if there is none or if its lock is taken.
    ///
    /// No reference is counted: whoever declares its death has to take that lock, to close its relations, before he takes
    /// the process out of the table and so lets go of it.
    func pin(_ pid: PID) -> Unmanaged<ProcessCell>? {
        let shard = shard(pid.raw)
        shard.lock.pointee.lock()
        defer { shard.lock.pointee.unlock() }
        let index = shard.data.pointee.index(of: pid.raw)
        if index < 0 { return nil }
        let cell = shard.data.pointee.cell(at: index)
        return cell._withUnsafeGuaranteedRef { $0.pin() } ? cell : nil
    }

    var count: Int {
        var sum = 0
        for index in 0..<Self.shardCount {
            let shard = shards[index]
            shard.lock.pointee.lock()
            sum += shard.data.pointee.count
            shard.lock.pointee.unlock()
        }
        return sum
    }

    /// Every process alive during the whole call exactly once, in no order.
    var unsorted: [ProcessCell] {
        var result: [ProcessCell] = []
        for index in 0..<Self.shardCount {
            let shard = shards[index]
            shard.lock.pointee.lock()
            shard.data.pointee.append(to: &result)
            shard.lock.pointee.unlock()
        }
        return result
    }

    /// The same in the order of their PIDs.
    var all: [ProcessCell] { unsorted.sorted { $0.pid < $1.pid } }
}
