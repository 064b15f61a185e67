extension RegistryName {
    /// Who is registered under the key, each with its value; those that lie in one partition in the order of their
    /// registration. Elixir: `Registry.lookup/2`.
    @inlinable public func lookup(_ key: Key) -> [(pid: PID, value: Value)] {
        var result: [(pid: PID, value: Value)] = []
        let origin = reading { $0.collect(key, into: &result) } ?? nil
        if let origin { origin.core.keep(result, of: key, origin) }
        return result
    }

    /// The process under the key; of several, one. Elixir: `Registry.whereis_name/1`.
    @inlinable public func pid(for key: Key) -> PID? {
        reading { $0.first(key) } ?? nil
    }

    /// The processes under the key that are servers of this type, ready to be called.
    public func servers<Server: ProcessBehavior>(
        _ key: Key, running type: Server.Type = Server.self
    ) -> [ServerRef<Server>] {
        (core?.cells(key) ?? []).compactMap { ($0 as? BehaviorCell<Server>).map(ServerRef.init(cell:)) }
    }

    /// The keys of a process, each as often as it is registered, the oldest first. Elixir: `Registry.keys/2`.
    public func keys(of pid: PID) -> [Key] {
        guard let cell = Node.cell(pid) else { return [] }
        return core(on: cell.node)?.keys(of: cell) ?? []
    }

    /// The values of a process under the key, the oldest first. Elixir: `Registry.values/3`.
    public func values(of key: Key, for pid: PID) -> [Value] {
        lookup(key).filter { $0.pid == pid }.map(\.value)
    }

    /// How many registrations there are. Elixir: `Registry.count/1`.
    public var count: Int { core?.entryCount ?? 0 }

    // MARK: by value

    /// Those under the key whose value is meant. Elixir: `Registry.match/4`.
    public func match(_ key: Key, where isMeant: (Value) throws -> Bool) rethrows -> [(pid: PID, value: Value)] {
        try lookup(key).filter { try isMeant($0.value) }
    }

    /// How many under the key have a value that is meant. Elixir: `Registry.count_match/4`.
    public func countMatch(_ key: Key, where isMeant: (Value) throws -> Bool) rethrows -> Int {
        try match(key, where: isMeant).count
    }

    /// What `transform` makes of each entry that it gives something for, in the order of registration. Elixir:
    /// `Registry.select/2`.
    ///
    /// ```swift
    /// let names = RegistryName.rooms.select { key, _, members in members > 10 ? key : nil }
    /// ```
    public func select<Result>(_ transform: (Key, PID, Value) throws -> Result?) rethrows -> [Result] {
        try (core?.all ?? []).compactMap { try transform($0.key, $0.pid, $0.value) }
    }

    /// What the first clause that gives something makes of each entry. Elixir: `Registry.select/2` with several match
    /// specifications.
    public func select<Result>(firstOf clauses: [(Key, PID, Value) -> Result?]) -> [Result] {
        select { key, pid, value in
            for clause in clauses { if let result = clause(key, pid, value) { return result } }
            return nil
        }
    }

    /// How many entries are meant. Elixir: `Registry.count_select/2`.
    public func countSelect(where isMeant: (Key, PID, Value) throws -> Bool) rethrows -> Int {
        try (core?.all ?? []).count { try isMeant($0.key, $0.pid, $0.value) }
    }

    /// How many entries at least one clause is true of. Elixir: `Registry.count_select/2` with several match
    /// specifications.
    public func countSelect(anyOf clauses: [(Key, PID, Value) -> Bool]) -> Int {
        countSelect { key, pid, value in clauses.contains { $0(key, pid, value) } }
    }
}
