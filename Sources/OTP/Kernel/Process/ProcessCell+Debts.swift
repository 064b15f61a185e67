internal import Synchronization

/// The replies that a process owes: whoever waits for one is told when it ends.
///
/// One list under the process's lock. Where that lock has often been found taken, the lists of ``WideDebts``, which are
/// reached without it.
extension ProcessCell {
    private static var wideMark: UInt { 1 }
    /// So often a caller finds the lock taken until the debts are widened: by then the process is called by many at once.
    static var meetingsUntilWide: UInt8 { 32 }

    /// False: no call waits. Always true once there are several lists.
    final var mayHaveDebts: Bool { debtsWord.load(ordering: .relaxed) != 0 }

    /// Notes that the call in `slot` waits for this process; false if the process has ended.
    final func owe(_ slot: CallSlot) -> Bool {
        if isWide { return oweWide(slot) }
        if !guarding.tryLock() { meet() }
        defer { guarding.unlock() }
        if has(Control.closed) { return false }
        if isWide { return oweWide(slot) }
        slot.body.pointee.debtPart = 0
        withDebts { $0.enter(slot) }
        return true
    }

    /// The call is over.
    final func settleDebt(_ slot: CallSlot) {
        if isWide { return settleWide(slot) }
        guarding.lock()
        defer { guarding.unlock() }
        if isWide { return settleWide(slot) }
        withDebts { $0.remove(slot) }
    }

    /// The process has ended: takes all out, with the lock held.
    final func closeDebts(_ body: (CallSlot) -> Void) {
        if isWide { withWideDebts { $0.close(body) } } else { withDebts { $0.removeAll(body) } }
    }

    /// Before the process is freed.
    final func freeDebts() { if isWide { wideDebts.release() } }

    /// The one list, with the lock held.
    @inline(__always) private final func withDebts(_ body: (inout DebtList) -> Void) {
        var list = DebtList(word: debtsWord.load(ordering: .relaxed))
        body(&list)
        debtsWord.store(list.word, ordering: .relaxed)
    }

    // MARK: several lists

    private final var isWide: Bool { debtsWord.load(ordering: .acquiring) & Self.wideMark != 0 }

    private final var wideDebts: Unmanaged<WideDebts> {
        let word = debtsWord.load(ordering: .acquiring) & ~Self.wideMark
        return .fromOpaque(UnsafeRawPointer(bitPattern: word).unsafelyUnwrapped)
    }

    private final func withWideDebts<R>(_ body: (WideDebts) -> R) -> R { wideDebts._withUnsafeGuaranteedRef(body) }

    @inline(never) private final func oweWide(_ slot: CallSlot) -> Bool { withWideDebts { $0.enter(slot) } }

    @inline(never) private final func settleWide(_ slot: CallSlot) { withWideDebts { $0.remove(slot) } }

    /// Takes the lock that somebody else has.
    @inline(never) private final func meet() {
        guarding.lock()
        if has(Control.closed) || isWide { return }
        meetings += 1
        if meetings == Self.meetingsUntilWide { widenDebts() }
    }

    /// From now on there are several lists. With the lock held.
    final func widenDebts() {
        let list = DebtList(word: debtsWord.load(ordering: .relaxed))
        let wide = Unmanaged.passRetained(WideDebts(list))
        debtsWord.store(UInt(bitPattern: wide.toOpaque()) | Self.wideMark, ordering: .releasing)
    }
}
