internal import COTPRuntime
public import Synchronization

/// What a slot of a mailbox holds.
@usableFromInline enum MessageTag {
    @usableFromInline static var empty: UInt32 { 0 }
    @usableFromInline static var call: UInt32 { 1 }
    @usableFromInline static var cast: UInt32 { 2 }
    @usableFromInline static var info: UInt32 { 3 }
    /// A retained `SystemMessage`.
    @usableFromInline static var system: UInt32 { 4 }
}

/// Many senders, one receiver; a sender's messages stay in the order in which it sent them.
///
/// A chain of segments with one atomic word at its tail: `segment | slots claimed << 1 | idle`.
/// Sending claims a slot by adding to that word, writes the message and publishes it by its tag.
/// The receiver may go idle only if its position equals the claimed one, in the same compare-and-swap, so no wake-up
/// is lost and "idle" proves that nothing is claimed. At rest a mailbox owns no segment.
@usableFromInline struct Mailbox: ~Copyable {
    /// Idle, without a segment.
    @usableFromInline static var restingIdle: UInt { 1 }

    @usableFromInline let tail: Atomic<UInt>
    /// The first segment after a rest.
    @usableFromInline let first = Atomic<UInt>(0)
    /// How many slots have been consumed in all; the running number of the next one.
    @usableFromInline let consumed = Atomic<UInt64>(0)
    /// The running number of the first slot of the last segment, for `count` alone.
    @usableFromInline let tailNumber = Atomic<UInt64>(0)
    /// Bytes of one slot: the tag, then the largest message.
    @usableFromInline let stride: Int
    // Receiver only. Atomic merely so that the mailbox is an immutable value that all may reach at once.
    @usableFromInline let headWord = Atomic<UInt>(0)
    @usableFromInline let headPosition = Atomic<Int>(0)

    @inlinable var head: UInt {
        get { headWord.load(ordering: .relaxed) }
        nonmutating set { headWord.store(newValue, ordering: .relaxed) }
    }
    @inlinable var headIndex: Int {
        get { headPosition.load(ordering: .relaxed) }
        nonmutating set { headPosition.store(newValue, ordering: .relaxed) }
    }

    /// - Parameter isIdle: False for a process that is scheduled from the start.
    @usableFromInline init(stride: Int, isIdle: Bool) {
        self.stride = stride
        tail = Atomic(isIdle ? 1 : 0)
    }

    /// The slot size for messages of up to `size` bytes.
    @inlinable static func stride(forSize size: Int, alignment: Int) -> Int {
        let unit = max(8, alignment)
        let payload = max(size, 8)
        let offset = max(8, alignment)
        return (offset &+ payload &+ unit &- 1) / unit &* unit
    }

    /// A claimed slot that waits for its message.
    @usableFromInline struct Claim {
        @usableFromInline let slot: UnsafeMutableRawPointer
        /// Running number in this mailbox.
        @usableFromInline let number: UInt64
        /// The segment to install, when this claim had to make one.
        @usableFromInline let fresh: UInt
        @usableFromInline let old: UInt

        @inlinable init(slot: UnsafeMutableRawPointer, number: UInt64, fresh: UInt, old: UInt) {
            self.slot = slot
            self.number = number
            self.fresh = fresh
            self.old = old
        }
    }

    /// Claims the next slot.
    @inlinable func claim() -> Claim {
        let old = tail.add(2, ordering: .acquiringAndReleasing).oldValue
        let segment = old & ~(Segment.size &- 1)
        let index = Int((old & (Segment.size &- 1)) >> 1)
        if segment != 0, index < Segment.capacity(stride: stride) {
            let block = Segment(UnsafeMutableRawPointer(bitPattern: segment).unsafelyUnwrapped)
            return Claim(
                slot: block.slot(index, stride: stride), number: block.firstNumber &+ UInt64(index), fresh: 0, old: old)
        }
        return claimSlow(old)
    }

    /// The current segment is full or there is none.
    @usableFromInline func claimSlow(_ claimed: UInt) -> Claim {
        var old = claimed
        while true {
            let segment = old & ~(Segment.size &- 1)
            let index = Int((old & (Segment.size &- 1)) >> 1)
            let capacity = segment == 0 ? 0 : Segment.capacity(stride: stride)
            if index < capacity {
                let block = Segment(bits: segment)!
                return Claim(
                    slot: block.slot(index, stride: stride), number: block.firstNumber &+ UInt64(index), fresh: 0,
                    old: old)
            }
            if index == capacity {
                // The one who draws this index makes the next segment.
                let fresh = Segment.allocate(stride: stride)
                if let block = Segment(bits: segment) {
                    fresh.firstNumber = block.firstNumber &+ UInt64(capacity)
                } else {
                    fresh.firstNumber = consumed.load(ordering: .acquiring)
                }
                return Claim(
                    slot: fresh.slot(0, stride: stride), number: fresh.firstNumber, fresh: fresh.bits, old: segment)
            }
            var round: UInt32 = 0
            while true {
                let now = tail.load(ordering: .acquiring)
                let isSame = now & ~(Segment.size &- 1) == segment
                if !isSame || Int((now & (Segment.size &- 1)) >> 1) <= capacity { break }
                round &+= 1
                otp_relax(round)
            }
            old = tail.add(2, ordering: .acquiringAndReleasing).oldValue
        }
    }

    /// Makes the message in the slot visible. True: the receiver was idle and the caller has to schedule it.
    @inlinable func publish(_ claim: Claim, tag: UInt32) -> Bool {
        let word = claim.slot.assumingMemoryBound(to: Atomic<UInt32>.self)
        if claim.fresh == 0 {
            word.pointee.store(tag, ordering: .releasing)
            if claim.old & 1 == 0 { return false }
            return tail.bitwiseAnd(~1, ordering: .acquiringAndReleasing).oldValue & 1 != 0
        }
        word.pointee.store(tag, ordering: .releasing)
        return publishFresh(claim)
    }

    @usableFromInline func publishFresh(_ claim: Claim) -> Bool {
        if let block = Segment(bits: claim.old) {
            block.next.pointee.store(claim.fresh, ordering: .releasing)
        } else {
            first.store(claim.fresh, ordering: .releasing)
        }
        tailNumber.store(claim.number, ordering: .relaxed)
        return tail.exchange(claim.fresh | 2, ordering: .acquiringAndReleasing) & 1 != 0
    }

    // MARK: the receiver's side

    @usableFromInline enum Look {
        case message(tag: UInt32, slot: UnsafeMutableRawPointer)
        /// Nothing is claimed.
        case empty
        /// A sender has claimed the next slot and not yet filled it.
        case pending
    }

    /// The next message, left in its slot until `advance`.
    @inlinable func look() -> Look {
        if head != 0, headIndex < Segment.capacity(stride: stride) {
            let slot = Segment(UnsafeMutableRawPointer(bitPattern: head).unsafelyUnwrapped)
                .slot(headIndex, stride: stride)
            let tag = slot.assumingMemoryBound(to: Atomic<UInt32>.self).pointee.load(ordering: .acquiring)
            if tag != 0 { return .message(tag: tag, slot: slot) }
        }
        return lookSlow()
    }

    @usableFromInline func lookSlow() -> Look {
        while true {
            guard let block = Segment(bits: head) else {
                let start = first.load(ordering: .acquiring)
                if start == 0 {
                    return tail.load(ordering: .acquiring) & ~1 == 0 ? .empty : .pending
                }
                first.store(0, ordering: .relaxed)
                head = start
                headIndex = 0
                continue
            }
            if headIndex == Segment.capacity(stride: stride) {
                let next = block.next.pointee.load(ordering: .acquiring)
                if next == 0 { return isDrained ? .empty : .pending }
                block.free()
                head = next
                headIndex = 0
                continue
            }
            let slot = block.slot(headIndex, stride: stride)
            let tag = slot.assumingMemoryBound(to: Atomic<UInt32>.self).pointee.load(ordering: .acquiring)
            if tag != 0 { return .message(tag: tag, slot: slot) }
            return isDrained ? .empty : .pending
        }
    }

    private var isDrained: Bool {
        tail.load(ordering: .acquiring) & ~1 == head | UInt(headIndex) << 1
    }

    /// The notice that is next, if that is one and stands in the same segment.
    var nextNotice: UnsafeRawPointer? {
        guard let block = Segment(bits: head), headIndex < Segment.capacity(stride: stride) else { return nil }
        let slot = block.slot(headIndex, stride: stride)
        let tag = slot.assumingMemoryBound(to: Atomic<UInt32>.self).pointee.load(ordering: .acquiring)
        return tag == MessageTag.system ? (slot + 8).load(as: UnsafeRawPointer.self) : nil
    }

    /// The message at `slot` has been moved out: on to the next.
    @inlinable func advance(past slot: UnsafeMutableRawPointer) {
        slot.assumingMemoryBound(to: Atomic<UInt32>.self).pointee.store(0, ordering: .relaxed)
        headIndex &+= 1
        consumed.store(consumed.load(ordering: .relaxed) &+ 1, ordering: .releasing)
    }

    /// Goes idle, if nothing is claimed; gives its segment away.
    @usableFromInline func goIdle() -> Bool {
        let expected = head | UInt(headIndex) << 1
        let block = Segment(bits: head)
        let oldHead = head, oldIndex = headIndex
        // Cleared before the swap: after it the next receiver may already be at work.
        head = 0
        headIndex = 0
        if tail.compareExchange(
            expected: expected, desired: Self.restingIdle, ordering: .acquiringAndReleasing
        ).exchanged {
            block?.free()
            return true
        }
        head = oldHead
        headIndex = oldIndex
        return false
    }

    /// Claims an idle process that has nothing claimed in its mailbox, to run it here and now.
    @inlinable func claimIdle() -> Bool {
        tail.compareExchange(
            expected: Self.restingIdle, desired: 0, ordering: .acquiringAndReleasing
        ).exchanged
    }

    /// Whether the process is neither scheduled nor running.
    @inlinable var isIdle: Bool { tail.load(ordering: .relaxed) & 1 != 0 }

    /// How many messages have been claimed and not consumed. A snapshot.
    var count: Int {
        let consumedBefore = consumed.load(ordering: .acquiring)
        let word = tail.load(ordering: .acquiring)
        guard word & ~(Segment.size &- 1) != 0 else { return 0 }
        let claimed = min(Int((word & (Segment.size &- 1)) >> 1), Segment.capacity(stride: stride))
        let total = tailNumber.load(ordering: .relaxed) &+ UInt64(claimed)
        return total > consumedBefore ? Int(clamping: total &- consumedBefore) : 0
    }
}
