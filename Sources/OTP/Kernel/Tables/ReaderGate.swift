internal import COTPRuntime
internal import Synchronization

/// Lets many readers in at once, or one writer alone.
///
/// A reader counts itself in on a cache line, so that readers do not slow each other down; a writer closes the gate and
/// waits until all lines are empty. Our own workers have a line each, as far as there are enough: then nobody else writes
/// there, and going out is an ordinary store. Other threads share the rest. For tables that are read far more often than
/// written, and for sections of a few instructions: a reader must not enter the same gate again. It would be counted
/// twice, as it should, but wait for ever if a writer comes in between.
///
/// At a gate that is rarely closed a worker comes in without a fence, where the system has one for all threads: the writer
/// pays for it, with some ten microseconds.
@usableFromInline struct ReaderGate: ~Copyable {
    private typealias Line = UnsafeMutablePointer<Atomic<UInt32>>

    /// Bytes from one line to the next: two cache lines, for processors fetch them in pairs.
    private static var stride: Int { 128 }

    private let lines: UnsafeMutableRawPointer
    private let isClosed: UnsafeMutablePointer<Atomic<UInt32>>
    private let writers = SpinLock()
    /// Writers fence for the readers that have a line of their own.
    private let writerFences: Bool

    @usableFromInline init(isRarelyClosed: Bool = false) {
        writerFences = isRarelyClosed && otp_can_fence_all()
        let count = ReaderLines.all
        lines = .allocate(byteCount: Self.stride * (count + 1), alignment: Self.stride)
        for index in 0...count { Self.line(lines, index).initialize(to: Atomic(0)) }
        isClosed = Self.line(lines, count)
    }

    deinit {
        for index in 0...ReaderLines.all { Self.line(lines, index).deinitialize(count: 1) }
        lines.deallocate()
    }

    private static func line(_ lines: UnsafeMutableRawPointer, _ index: Int) -> Line {
        (lines + index &* stride).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    /// A reader comes in. The result is what `leave` has to be given.
    @usableFromInline func enter() -> Int {
        guard let worker = Worker.current, case let own = worker.pointee.readerLine, own != 0 else {
            return enterShared()
        }
        let line = Self.line(lines, own)
        let inside = line.pointee.load(ordering: .relaxed) &+ 1
        // In one order with the writer's: one of the two sees the other.
        if writerFences {
            line.pointee.store(inside, ordering: .relaxed)
            otp_settle()
        } else {
            line.pointee.store(inside, ordering: .sequentiallyConsistent)
        }
        if isClosed.pointee.load(ordering: .sequentiallyConsistent) == 0 { return own }
        return enterLate(own)
    }

    /// The reader that came in goes out.
    @usableFromInline func leave(_ index: Int) {
        // References that were taken inside are counted before.
        otp_settle()
        let line = Self.line(lines, index)
        if index >= ReaderLines.shared {
            line.pointee.store(line.pointee.load(ordering: .relaxed) &- 1, ordering: .releasing)
        } else {
            line.pointee.subtract(1, ordering: .releasing)
        }
    }

    /// For one that has found the gate closed.
    @inline(never) private func enterLate(_ own: Int) -> Int {
        let line = Self.line(lines, own)
        let before = line.pointee.load(ordering: .relaxed) &- 1
        while true {
            line.pointee.store(before, ordering: .releasing)
            waitUntilOpen()
            line.pointee.store(before &+ 1, ordering: .sequentiallyConsistent)
            if isClosed.pointee.load(ordering: .sequentiallyConsistent) == 0 { return own }
        }
    }

    @inline(never) private func enterShared() -> Int {
        let index = Int(otp_thread_number()) & (ReaderLines.shared - 1)
        let line = Self.line(lines, index)
        while true {
            line.pointee.add(1, ordering: .sequentiallyConsistent)
            if isClosed.pointee.load(ordering: .sequentiallyConsistent) == 0 { return index }
            line.pointee.subtract(1, ordering: .releasing)
            waitUntilOpen()
        }
    }

    private func waitUntilOpen() {
        var round: UInt32 = 0
        while isClosed.pointee.load(ordering: .relaxed) != 0 {
            round &+= 1
            otp_relax(round)
        }
    }

    /// A writer comes in, alone; nobody else is inside until `open`. For inlined code, which is not to be generic here.
    @usableFromInline func close() {
        writers.lock()
        shut()
    }

    /// The writer goes out.
    @usableFromInline func open() {
        // As a lock is given back.
        otp_settle()
        isClosed.pointee.store(0, ordering: .releasing)
        writers.unlock()
    }

    /// Runs `body` while nobody else is inside.
    @usableFromInline func write<R>(_ body: () -> R) -> R {
        close()
        defer { open() }
        return body()
    }

    /// The same unless somebody writes already: then nothing is done.
    @usableFromInline func tryWrite<R>(_ body: () -> R) -> R? {
        guard writers.tryLock() else { return nil }
        shut()
        defer { open() }
        return body()
    }

    private func shut() {
        isClosed.pointee.store(1, ordering: .sequentiallyConsistent)
        if writerFences { otp_fence_all() }
        var pending = ReaderLines.ofProgram.inUse
        while pending != 0 {
            let index = pending.trailingZeroBitCount
            pending &= pending - 1
            var round: UInt32 = 0
            while Self.line(lines, index).pointee.load(ordering: .sequentiallyConsistent) != 0 {
                round &+= 1
                otp_relax(round)
            }
        }
    }
}
