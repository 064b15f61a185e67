/// The parts into which something is divided that many threads change, each with a lock and cache lines of its own.
///
/// Plain memory, to be freed by hand. Not `Sendable`: whoever has it sees to it that a part is touched with its lock held.
struct LockedParts<Part: ~Copyable> {
    typealias Place = (lock: UnsafeMutablePointer<SpinLock>, data: UnsafeMutablePointer<Part>)

    /// From one part to the next: a cache line and its neighbour, which processors fetch together.
    private static var stride: Int { 128 }
    /// From a lock to what it guards, in the same cache line: two things, so that to take the one is no access to the other.
    private static var offset: Int { 16 }

    private let memory: UnsafeMutableRawPointer

    init(_ count: Int, _ make: () -> Part) {
        assert(MemoryLayout<Part>.size <= Self.stride - Self.offset && MemoryLayout<Part>.alignment <= Self.offset)
        memory = .allocate(byteCount: count * Self.stride, alignment: Self.stride)
        for index in 0..<count {
            self[index].lock.initialize(to: SpinLock())
            self[index].data.initialize(to: make())
        }
    }

    subscript(index: Int) -> Place {
        let place = memory + index &* Self.stride
        return (
            place.assumingMemoryBound(to: SpinLock.self), (place + Self.offset).assumingMemoryBound(to: Part.self)
        )
    }

    /// Does something with a part, its lock held.
    func withLock<R>(_ index: Int, _ body: (inout Part) -> R) -> R {
        let (lock, data) = self[index]
        lock.pointee.lock()
        defer { lock.pointee.unlock() }
        return body(&data.pointee)
    }

    /// Frees the parts, so many as have been made; of no use afterwards.
    func destroy(_ count: Int) {
        for index in 0..<count {
            self[index].lock.deinitialize(count: 1)
            self[index].data.deinitialize(count: 1)
        }
        memory.deallocate()
    }
}
