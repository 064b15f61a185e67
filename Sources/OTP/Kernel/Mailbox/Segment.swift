public import Synchronization

/// A block of message slots: 2 KiB, aligned to its size, so that a pointer and an index fit into one word.
///
/// Header: the next segment, the running number of its first slot, the slot size for which its tags are clean.
/// Each slot begins with a tag (0: empty) that is stored last by the sender and cleared by the receiver.
@usableFromInline struct Segment {
    @usableFromInline static var size: UInt { 2048 }
    @usableFromInline static var headerSize: Int { 32 }

    @usableFromInline let base: UnsafeMutableRawPointer

    @inlinable init(_ base: UnsafeMutableRawPointer) { self.base = base }
    @inlinable init?(bits: UInt) {
        guard let base = UnsafeMutableRawPointer(bitPattern: bits) else { return nil }
        self.base = base
    }

    @inlinable var bits: UInt { UInt(bitPattern: base) }

    @inlinable var next: UnsafeMutablePointer<Atomic<UInt>> { base.assumingMemoryBound(to: Atomic<UInt>.self) }

    /// The running number of the first slot: how many slots were claimed in the mailbox before.
    @inlinable var firstNumber: UInt64 {
        get { base.load(fromByteOffset: 8, as: UInt64.self) }
        nonmutating set { base.storeBytes(of: newValue, toByteOffset: 8, as: UInt64.self) }
    }

    var cleanStride: Int {
        get { base.load(fromByteOffset: 16, as: Int.self) }
        nonmutating set { base.storeBytes(of: newValue, toByteOffset: 16, as: Int.self) }
    }

    @inlinable func slot(_ index: Int, stride: Int) -> UnsafeMutableRawPointer {
        base + (Segment.headerSize &+ index &* stride)
    }

    @inlinable static func capacity(stride: Int) -> Int { (Int(size) &- headerSize) / stride }

    /// A fresh segment with clean tags.
    static func allocate(stride: Int) -> Segment {
        let cached: Segment?
        if let worker = Self.caching { cached = worker.pointee.segments.take() } else { cached = SegmentPool.take() }
        let segment = cached ?? Segment(.allocate(byteCount: Int(size), alignment: Int(size)))
        if cached == nil || segment.cleanStride != stride {
            segment.base.initializeMemory(as: UInt8.self, repeating: 0, count: Int(size))
            segment.cleanStride = stride
        }
        segment.next.initialize(to: Atomic(0))
        return segment
    }

    func free() {
        if let worker = Self.caching { worker.pointee.segments.give(self) } else { SegmentPool.give(self) }
    }

    /// The worker that runs here, unless it is a guest: what a message needs was taken before the thread was lent.
    @inline(__always) private static var caching: UnsafeMutablePointer<Worker>? {
        guard let worker = Worker.current, worker.pointee.role != .guest else { return nil }
        return worker
    }
}

// @unchecked because a segment is owned by one mailbox or one pool at a time.
extension Segment: @unchecked Sendable {
}
