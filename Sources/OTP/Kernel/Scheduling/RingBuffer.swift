/// A queue that grows by doubling: first in, first out, with room at both ends.
struct RingBuffer<Element> {
    /// Empty until something is stored, so that an unused queue costs nothing.
    private var storage: [Element?] = []
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    var first: Element? { count == 0 ? nil : storage[head] }

    mutating func append(_ element: Element) {
        if count == storage.count { grow() }
        storage[(head + count) & (storage.count - 1)] = element
        count += 1
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = storage[head].take()
        head = (head + 1) & (storage.count - 1)
        count -= 1
        return element
    }

    /// The element `index` places behind the first.
    subscript(index: Int) -> Element { storage[(head + index) & (storage.count - 1)]! }

    /// Takes out the element `index` places behind the first; those before it move up by one.
    mutating func remove(at index: Int) -> Element {
        let mask = storage.count - 1
        let element = storage[(head + index) & mask].take()!
        var i = index
        while i > 0 {
            storage[(head + i) & mask] = storage[(head + i - 1) & mask].take()
            i -= 1
        }
        head = (head + 1) & mask
        count -= 1
        return element
    }

    mutating func removeAll() {
        self = RingBuffer()
    }

    private mutating func grow() {
        var larger: [Element?] = Array(repeating: nil, count: max(16, storage.count * 2))
        for i in 0..<count { larger[i] = storage[(head + i) & (storage.count - 1)].take() }
        storage = larger
        head = 0
    }
}

/// A value behind a lock, for things that are seldom touched.
// @unchecked because every access goes through the lock.
final class LockedBox<Value>: @unchecked Sendable {
    private let guarding = SpinLock()
    // The lock sees to it that access is exclusive; the dynamic check would cost more than what is done with the value.
    @exclusivity(unchecked) private var value: Value

    init(_ value: Value) { self.value = value }

    func withLock<R>(_ body: (inout Value) throws -> R) rethrows -> R {
        try guarding.withLock { try body(&value) }
    }

    func get() -> Value { guarding.withLock { value } }
    func set(_ new: Value) {
        let old = guarding.withLock { () -> Value in
            defer { value = new }
            return value
        }
        _ = old
    }
}
