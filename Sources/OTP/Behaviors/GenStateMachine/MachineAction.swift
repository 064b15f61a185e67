/// Something to be done with a transition. Erlang: `gen_statem:action()`.
public struct MachineAction<Machine: GenStateMachine>: MachineTiming {
    @usableFromInline enum Kind: Sendable {
        case reply(MachineReply)
        case postpone
        case insert(MachineEvent<Machine>)
        case timeout(MachineTimeoutChange<Machine>)
        case hibernate
        case become((any MachineRole<Machine>.Type)?)
    }

    @usableFromInline let kind: Kind

    @inlinable init(_ kind: Kind) { self.kind = kind }
    /// For the library.
    @inlinable public init(_reply: MachineReply) { kind = .reply(_reply) }
    /// For the library.
    @inlinable public init(_change: MachineTimeoutChange<Machine>) { kind = .timeout(_change) }

    /// Handles this event again after the next change of state. Erlang: `postpone`.
    @inlinable public static var postpone: Self { Self(.postpone) }

    /// An event that is handled before anything postponed or waiting; several in the order in which they stand.
    /// Erlang: `{next_event, internal, Content}`.
    @inlinable public static func insert(_ event: Machine.Internal) -> Self { Self(.insert(.internal(event))) }

    /// The same with an event of any kind, a call with its reply included. Erlang: `{next_event, Type, Content}`.
    @inlinable public static func insert(event: MachineEvent<Machine>) -> Self { Self(.insert(event)) }

    @inlinable public static var hibernate: Self { Self(.hibernate) }

    /// From now on `role` handles the machine's events, over the same state and data. Erlang: `change_callback_module`.
    @inlinable public static func become<Role: MachineRole>(_ role: Role.Type) -> Self where Role.Machine == Machine {
        Self(.become(role))
    }

    /// From now on the machine handles its events itself again.
    @inlinable public static var becomeItself: Self { Self(.become(nil)) }
}

extension MachineAction: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .reply(let reply): reply.description
        case .postpone: "postpone"
        case .insert(let event): "insert(\(event))"
        case .timeout(let change): change.description
        case .hibernate: "hibernate"
        case .become(let role): "become(\(role.map { "\($0)" } ?? "itself"))"
        }
    }
}

/// Something to be done with an enter call: replies and timeouts. Erlang: `gen_statem:enter_action()`.
public struct MachineEntryAction<Machine: GenStateMachine>: MachineTiming, CustomStringConvertible {
    @usableFromInline let action: MachineAction<Machine>

    @inlinable init(_ action: MachineAction<Machine>) { self.action = action }
    /// For the library.
    @inlinable public init(_reply: MachineReply) { action = MachineAction(_reply: _reply) }
    /// For the library.
    @inlinable public init(_change: MachineTimeoutChange<Machine>) { action = MachineAction(_change: _change) }
    @inlinable public static var hibernate: Self { Self(.hibernate) }

    public var description: String { action.description }
}

/// Another way for a machine to handle its events, to which it changes by `.become`: other functions, the same state and
/// data. Erlang: the module named by `change_callback_module`.
public protocol MachineRole<Machine>: SendableMetatype {
    /// Whose events are handled.
    associatedtype Machine: GenStateMachine

    /// See ``GenStateMachine/handleEvent(_:in:_:)``.
    nonisolated(nonsending) static func handleEvent(
        _ event: MachineEvent<Machine>, in state: Machine.State, _ machine: inout Machine, _ me: ProcessContext<Machine>
    ) async throws -> MachineTransition<Machine>
    /// See ``GenStateMachine/handleEnter(_:from:_:)``.
    nonisolated(nonsending) static func handleEnter(
        _ state: Machine.State, from old: Machine.State, _ machine: inout Machine, _ me: ProcessContext<Machine>
    ) async throws -> MachineEntry<Machine>
    /// See ``GenStateMachine/terminate(reason:in:_:)``.
    nonisolated(nonsending) static func terminate(
        reason: ExitReason, in state: Machine.State, _ machine: inout Machine, _ me: ProcessContext<Machine>
    ) async throws
}

extension MachineRole {
    public static func handleEnter(
        _ state: Machine.State, from old: Machine.State, _ machine: inout Machine, _ me: ProcessContext<Machine>
    ) -> MachineEntry<Machine> { .stay }
    public static func terminate(
        reason: ExitReason, in state: Machine.State, _ machine: inout Machine, _ me: ProcessContext<Machine>
    ) {}
}
