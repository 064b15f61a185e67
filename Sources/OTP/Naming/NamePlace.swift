/// Where a name is looked up, apart from what it leads to: knows no types, so that nothing is looked up for them.
@usableFromInline struct NamePlace: Hashable, Sendable {
    /// In the node's own table; of no meaning if there is `via`.
    let key: NameTable.Key
    /// A key in some registry.
    let via: ViaPlace?

    init(_ key: NameTable.Key) {
        self.key = key
        via = nil
    }

    init(via: ViaPlace) {
        key = Self.noKey
        self.via = via
    }

    private static let noKey = NameTable.Key("")

    /// The process that is found there, of whatever kind.
    func lookUp(on node: Node) -> ProcessCell? {
        if let via { via.find(node) } else { node.names.whereIs(key) }
    }

    /// The process that is found there on the current node, if it is of this behaviour.
    @usableFromInline func whereIs(_ behavior: ObjectIdentifier) -> ProcessCell? {
        // The name is there as long as it is asked: no reference is counted.
        guard let via = via.map(Unmanaged.passUnretained) else {
            return NameTable.current._withUnsafeGuaranteedRef { $0.whereIs(key, behavior) }
        }
        let found = Node.currentRef._withUnsafeGuaranteedRef { node in
            via._withUnsafeGuaranteedRef { $0.find(node) }
        }
        guard let found, found.behavior == behavior else { return nil }
        return found
    }

    /// The same, for whoever only wants to know which process it is.
    @usableFromInline func pid(_ behavior: ObjectIdentifier) -> PID? {
        if via == nil { return NameTable.current._withUnsafeGuaranteedRef { $0.pid(key, behavior) } }
        return whereIs(behavior)?.pid
    }
}
