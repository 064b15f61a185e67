internal import Synchronization

extension Mailbox {
    /// Receiver only: what waits, oldest first, left where it is, while `body` says true. Ends before a slot that is
    /// claimed and not yet filled.
    func forEachWaiting(_ body: (_ tag: UInt32, _ slot: UnsafeMutableRawPointer) -> Bool) {
        var block = Segment(bits: head) ?? Segment(bits: first.load(ordering: .acquiring))
        var index = head == 0 ? 0 : headIndex
        while let current = block {
            if index == Segment.capacity(stride: stride) {
                block = Segment(bits: current.next.pointee.load(ordering: .acquiring))
                index = 0
                continue
            }
            let slot = current.slot(index, stride: stride)
            let tag = slot.assumingMemoryBound(to: Atomic<UInt32>.self).pointee.load(ordering: .acquiring)
            if tag == MessageTag.empty { return }
            if !body(tag, slot) { return }
            index += 1
        }
    }
}

extension SystemMessage {
    /// The notice as a message of its receiver; nil for what has no text of its own.
    var rendered: String? {
        switch self {
        case let down as DownSignal: "\(down.message)"
        case let exit as ExitNotice: "\(exit.message)"
        default: nil
        }
    }
}
