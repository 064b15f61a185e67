/// As what a process goes on that has done its own beginning.
protocol SpecialEntry<Behavior>: SendableMetatype {
    associatedtype Behavior: StatefulBehavior

    /// The name that the process says it has.
    var name: ServerName<Behavior>? { get }
    /// By which the process in `cell` says that it is ready.
    static func handshake(of cell: ProcessCell) -> StartHandshake
    /// What the process in `cell` is from now on.
    func enter(_ cell: ProcessCell) -> Behavior
}

extension ServerStart {
    /// Starts a process that says itself when it is ready, and goes on as what `body` returns.
    nonisolated(nonsending) static func special<Entry: SpecialEntry, Value: Sendable>(
        _ name: ServerName<Entry.Behavior>?, _ timeout: Duration?, isLinked: Bool, _ options: ServerOptions,
        _ body: @escaping @Sendable (ProcessContext<Entry.Behavior>, StartAcknowledgement<Value>) async throws -> Entry
    ) async throws(StartError) -> (server: ServerRef<Entry.Behavior>, value: Value) {
        let acknowledged = LockedBox<StartAcknowledgement<Value>?>(nil)
        let make = { @Sendable (me: ProcessContext<Entry.Behavior>) async throws -> Entry.Behavior in
            let handshake = Entry.handshake(of: me.cell)
            handshake.isSpecial = true
            let started = StartAcknowledgement<Value>(handshake)
            acknowledged.set(started)
            let entry = try await body(me, started)
            guard started.isGiven else { throw NotAcknowledged() }
            if let name = entry.name, name.whereIs()?.pid != me.pid {
                throw NameError(code: .notRegistered, name: name.description)
            }
            return entry.enter(me.cell)
        }
        let server = try await start(name, timeout, options, link: isLinked, parent: CurrentProcess.cell, make)
        return (server, acknowledged.get()!.value.get()!)
    }
}
