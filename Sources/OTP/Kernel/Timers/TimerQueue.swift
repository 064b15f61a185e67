/// Deadlines that come soon, earliest first; equal ones by the order that they were given.
///
/// Pure: a heap that knows nothing of clocks, locks or what a deadline means. Cancelled entries stay until they
/// come up or until `compact` drops them. Room that was used for many is given back.
struct TimerQueue<Target> {
    struct Entry {
        let deadline: UInt64
        let order: UInt64
        let target: Target
    }

    private var heap: [Entry] = []

    var count: Int { heap.count }
    var first: Entry? { heap.first }

    /// Adds a deadline.
    mutating func insert(_ target: Target, at deadline: UInt64, order: UInt64) {
        heap.append(Entry(deadline: deadline, order: order, target: target))
        siftUp(heap.count - 1)
    }

    /// Takes out the earliest entry if it is due at `now`.
    mutating func popDue(at now: UInt64) -> Entry? {
        guard let first = heap.first, first.deadline <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            siftDown(0)
        } else if heap.capacity > 1024 {
            heap = []
        }
        return first
    }

    /// Drops what is no longer wanted; the order of the rest stays.
    mutating func compact(keeping isWanted: (Entry) -> Bool) {
        heap.removeAll { !isWanted($0) }
        guard heap.count > 1 else { return }
        for i in stride(from: (heap.count - 2) / 4, through: 0, by: -1) { siftDown(i) }
    }

    private func precedes(_ a: Entry, _ b: Entry) -> Bool {
        a.deadline < b.deadline || (a.deadline == b.deadline && a.order < b.order)
    }

    private mutating func siftUp(_ start: Int) {
        var i = start
        let entry = heap[i]
        while i > 0 {
            let parent = (i - 1) / 4
            if !precedes(entry, heap[parent]) { break }
            heap[i] = heap[parent]
            i = parent
        }
        heap[i] = entry
    }

    private mutating func siftDown(_ start: Int) {
        var i = start
        let entry = heap[i]
        while true {
            let first = i * 4 + 1
            if first >= heap.count { break }
            var least = first
            for child in (first + 1)..<max(first + 1, min(first + 4, heap.count))
            where precedes(heap[child], heap[least]) {
                least = child
            }
            if !precedes(heap[least], entry) { break }
            heap[i] = heap[least]
            i = least
        }
        heap[i] = entry
    }
}
