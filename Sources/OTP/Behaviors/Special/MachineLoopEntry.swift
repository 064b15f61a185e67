/// What a process that has done its own beginning needs to go on as a machine.
/// Erlang: the arguments of `gen_statem:enter_loop/4`.
public struct MachineLoopEntry<Machine: GenStateMachine> {
    let machine: Machine
    let state: Machine.State
    let name: ServerName<Machine>?
    let actions: [MachineAction<Machine>]

    /// Go on as this machine. Erlang: `gen_statem:enter_loop/4,5,6`.
    ///
    /// - Parameters:
    ///   - machine: The data.
    ///   - state: The state in which it begins; nil: its `initialState`.
    ///   - name: The name that the process says it has; if it has not, it ends with ``NameError``.
    ///   - actions: What is done first, instead of what `handleStart` says.
    public static func enter(
        _ machine: Machine, in state: Machine.State? = nil, as name: ServerName<Machine>? = nil,
        _ actions: MachineAction<Machine>...
    ) -> MachineLoopEntry {
        MachineLoopEntry(machine: machine, state: state ?? machine.initialState, name: name, actions: actions)
    }
}

extension MachineLoopEntry: SpecialEntry {
    static func handshake(of cell: ProcessCell) -> StartHandshake {
        unsafeDowncast(cell, to: MachineCell<Machine>.self).handshake!
    }

    func enter(_ cell: ProcessCell) -> Machine {
        unsafeDowncast(cell, to: MachineCell<Machine>.self).first = (state, actions)
        return machine
    }
}

extension GenStateMachine {
    /// Starts a process that says itself when it is ready, does what it likes before and after, and then goes on as
    /// this machine. Erlang: `proc_lib:start_link/3` with `gen_statem:enter_loop/4` at its end.
    ///
    /// - Parameters:
    ///   - name: Registered before `body` runs, free again if it fails.
    ///   - timeout: How long it may take until it is ready; nil: as long as it likes. After that it is killed.
    ///   - isLinked: Whether it is linked to the process that starts it.
    ///   - options: Its mailbox and time limits; the time limit for the start is `timeout`.
    ///   - body: What it does before it is a machine. It has to call `started` before it returns.
    /// - Throws: ``StartError``.
    public nonisolated(nonsending) static func spawnStart<Value: Sendable>(
        name: ServerName<Self>? = nil, timeout: Duration? = nil, isLinked: Bool = false,
        options: ServerOptions = ServerOptions(),
        _ body: @escaping @Sendable (Me, StartAcknowledgement<Value>) async throws -> MachineLoopEntry<Self>
    ) async throws(StartError) -> (server: ServerRef<Self>, value: Value) {
        try await ServerStart.special(name, timeout, isLinked: isLinked, options, body)
    }
}
