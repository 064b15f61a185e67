internal import Synchronization

/// What a process is tied to that does one piece of work for another one: something that is told of its end, and mostly
/// a link to whoever wants to know what comes of it. It stands in the place of ``Relations``, which most of these
/// processes so never have: one object less, with all its fields.
///
/// Whoever wants to tie the process to anything else, or looks at its ties, finds relations in its place: the lock is
/// held there anyway.
// @unchecked because what changes is guarded by the lock of the process.
@usableFromInline class SoleTie: ProcessResource, @unchecked Sendable {
    /// Whom the process is linked to and follows; as ``TiedProcess``.
    @exclusivity(unchecked) private final var linked: TiedProcess?

    @usableFromInline init() {}

    @usableFromInline func release(_ pid: PID, reason: ExitReason) {}

    /// The process ends, or has ended, without having begun: what it was to run is freed.
    func dropWork() {}

    /// The bit of `tiesWord` that tells it from relations.
    static var mark: UInt { 1 }

    /// Before anybody knows of the process, or with its lock held.
    fileprivate func tie(to linked: ProcessCell?) { self.linked = linked.map { .passUnretained($0) } }

    /// Takes the link out, with the lock of the process held: as long as that is so, whoever is at its other end is not
    /// freed.
    fileprivate func takeLinked() -> TiedProcess? {
        defer { linked = nil }
        return linked
    }
}

extension ProcessCell {
    /// Ties a process that has just been made, of which nobody else knows yet. The half of a link that is its own is made.
    final func tie(to sole: SoleTie, linkedTo other: ProcessCell?) {
        assert(tiesWord.load(ordering: .relaxed) == 0, "a process that is tied to something already")
        sole.tie(to: other)
        tiesWord.store(unshared(retained: sole) | SoleTie.mark, ordering: .releasing)
    }

    /// With the lock held.
    final var relationsRef: Unmanaged<Relations>? {
        let word = tiesWord.load(ordering: .relaxed)
        if word & SoleTie.mark != 0 { return unfolded(word) }
        return UnsafeRawPointer(bitPattern: word).map(Unmanaged.fromOpaque)
    }

    /// What a sole tie stands for, from now on in its place.
    @inline(never) private final func unfolded(_ word: UInt) -> Unmanaged<Relations> {
        let sole = Self.sole(word).takeRetainedValue()
        let relations = Relations(home: Worker.home(among: schedulerRef))
        relations.resources = Few(sole)
        if let linked = sole.takeLinked() {
            let other = linked._withUnsafeGuaranteedRef { $0.pid }
            relations.links.addNew(other, linked)
            relations.followed = other
        }
        let made = Unmanaged.passRetained(relations)
        tiesWord.store(UInt(bitPattern: made.toOpaque()), ordering: .releasing)
        return made
    }

    private static func sole(_ word: UInt) -> Unmanaged<SoleTie> {
        .fromOpaque(UnsafeRawPointer(bitPattern: word & ~SoleTie.mark).unsafelyUnwrapped)
    }

    /// What the word held is let go.
    final func replaceTies(by word: UInt) {
        let old = tiesWord.load(ordering: .relaxed)
        if old == 0, word == 0 { return }
        tiesWord.store(word, ordering: .releasing)
        if old & SoleTie.mark != 0 {
            Self.sole(old).release()
        } else if let relations = UnsafeRawPointer(bitPattern: old) {
            Unmanaged<Relations>.fromOpaque(relations).release()
        }
    }

    /// Declares the process dead, with the reason `normal`, and at once released: its code has returned, and what it had is
    /// freed. False, and nothing is done, unless it has nothing but a sole tie, and nobody has asked anything of it.
    ///
    /// The same as ``declareDead(_:)`` and ``released()``, in the same order, in one turn of the lock. A link is taken out at
    /// its other end at once, with both locks held, if nobody there is told of a normal end; otherwise it breaks as any,
    /// when the tie has been told.
    final func endSole() -> Bool {
        if tiesWord.load(ordering: .relaxed) & SoleTie.mark == 0 { return false }
        guarding.lock()
        let word = tiesWord.load(ordering: .relaxed)
        guard word & SoleTie.mark != 0, !mayHaveDebts, endNormally(Control.closed) else {
            guarding.unlock()
            return false
        }
        tiesWord.store(0, ordering: .relaxed)
        let sole = Self.sole(word)
        var told: ProcessCell?
        if let linked = sole._withUnsafeGuaranteedRef({ $0.takeLinked() }),
            !linked._withUnsafeGuaranteedRef({ $0.forgetsLink(to: pid) })
        {
            told = linked.takeUnretainedValue()
        }
        guarding.unlock()
        sole._withUnsafeGuaranteedRef { $0.release(pid, reason: .normal) }
        nodeRef._withUnsafeGuaranteedRef { $0.ended(self) }
        told?.linkBroke(pid, reason: .normal)
        sole.release()
        return true
    }

    /// Takes out the link to a process that ends normally, and whose lock is held. False if its end has to be told here, or
    /// if somebody has the lock.
    private final func forgetsLink(to pid: PID) -> Bool {
        guard guarding.tryLock() else { return false }
        defer { guarding.unlock() }
        if has(Control.trapping) { return false }
        return withRelations { relations in
            if relations.followed == pid { return false }
            relations.links.removeValue(forKey: pid)
            return true
        } ?? true
    }
}
