/// What a node has under a name beside processes: registries, groups. Found by many readers at once.
// @unchecked because the gate guards the table, which lives as long as the node: for ever.
@usableFromInline final class Fixtures: @unchecked Sendable {
    private let gate = ReaderGate(isRarelyClosed: true)
    // The gate sees to it that access is exclusive; the dynamic check would cost more than a look-up.
    @exclusivity(unchecked) private var table = ProbeTable<String, Unmanaged<AnyObject>>()
    private let shortcuts = TextShortcuts()

    /// A reader comes in: what `find` leads to is valid until it leaves.
    @usableFromInline func enter() -> Int { gate.enter() }
    @usableFromInline func leave(_ ticket: Int) { gate.leave(ticket) }

    /// What stands under the name. Only between `enter` and `leave`.
    @usableFromInline func find(_ name: String) -> Unmanaged<AnyObject>? {
        shortcuts.find(name) ?? table.find(name)?.pointee
    }

    /// Puts a thing under a name that is free; false if it is taken.
    func install(_ thing: AnyObject, as name: String) -> Bool {
        gate.write {
            if table.find(name) != nil { return false }
            let kept = Unmanaged<AnyObject>.passRetained(thing)
            table.insert(name, kept)
            shortcuts.enter(kept, as: name)
            return true
        }
    }

    /// Takes the thing away, if it is what stands under the name.
    func remove(_ thing: AnyObject, from name: String) {
        let removed = gate.write { () -> Unmanaged<AnyObject>? in
            guard let found = table.find(name)?.pointee, found.toOpaque() == Unmanaged.passUnretained(thing).toOpaque()
            else { return nil }
            shortcuts.remove(found)
            return table.remove(name)
        }
        removed?.release()
    }
}

extension Fixtures {
    /// The registries of the current node, without counting a reference.
    @usableFromInline static var registries: Unmanaged<Fixtures> {
        Node.currentRef._withUnsafeGuaranteedRef { .passUnretained($0.registries) }
    }

    /// The scopes of groups of the current node, likewise.
    @usableFromInline static var groupScopes: Unmanaged<Fixtures> {
        Node.currentRef._withUnsafeGuaranteedRef { .passUnretained($0.groupScopes) }
    }
}

/// Takes out what stands under a name when its process has ended.
final class FixtureEnd: ProcessResource {
    private let thing: any AnyObject & Sendable
    private let name: String
    private let fixtures: Fixtures
    private let close: @Sendable () -> Void

    /// - Parameter close: Run when nobody finds the thing any more.
    init(
        _ thing: any AnyObject & Sendable, _ name: String, _ fixtures: Fixtures,
        then close: @escaping @Sendable () -> Void
    ) {
        self.thing = thing
        self.name = name
        self.fixtures = fixtures
        self.close = close
    }

    func release(_ pid: PID, reason: ExitReason) {
        fixtures.remove(thing, from: name)
        close()
    }
}
