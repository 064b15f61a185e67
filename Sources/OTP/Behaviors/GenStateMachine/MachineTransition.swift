/// What becomes of a machine after an event: the return value of `handleEvent`.
///
/// Erlang: `{next_state, _, _, Actions}`, `keep_state_and_data`, `repeat_state_and_data`, `{stop_and_reply, _, _}`.
public struct MachineTransition<Machine: GenStateMachine>: Sendable {
    /// Where the machine goes.
    public enum Target: Sendable {
        /// It stays in its state.
        case keep
        /// It stays and comes into it again: the enter call runs; timeouts and postponed events stay as they are.
        case `repeat`
        /// Into this state; the same one is `keep`.
        case next(Machine.State)
        /// It ends.
        // Behind a pointer, as it is rare: what is returned for all other events is then copied and freed as what it is,
        // without asking its type how.
        indirect case stop(ExitReason)
        /// The event does not belong in the state.
        case unexpected
    }

    /// Where the machine goes.
    public let target: Target
    @usableFromInline let list: ActionList<Machine>
    /// What is done besides, in order.
    public var actions: [MachineAction<Machine>] { list.all }

    @inlinable init(_ target: Target, _ actions: [MachineAction<Machine>] = []) {
        self.target = target
        list = ActionList(actions)
    }

    @inlinable init(_ target: Target, _ list: ActionList<Machine>) {
        self.target = target
        self.list = list
    }

    /// Go into `state`. If it is another one: its enter call runs, what was postponed is handled again, state and event
    /// timeouts are cancelled. Erlang: `{next_state, _, _, Actions}`.
    @_disfavoredOverload
    @inlinable public static func next(_ state: Machine.State, _ actions: MachineAction<Machine>...) -> Self {
        Self(.next(state), actions)
    }

    /// Go into `state` with one action.
    @inlinable public static func next(_ state: Machine.State, _ action: MachineAction<Machine>) -> Self {
        Self(.next(state), ActionList(action))
    }

    /// Go into `state` with two actions.
    @inlinable public static func next(
        _ state: Machine.State, _ first: MachineAction<Machine>, _ second: MachineAction<Machine>
    ) -> Self {
        Self(.next(state), ActionList(first, second))
    }

    /// Go into `state` with actions gathered elsewhere.
    @inlinable public static func next(_ state: Machine.State, actions: [MachineAction<Machine>]) -> Self {
        Self(.next(state), actions)
    }

    /// Stay in the state. Erlang: `keep_state_and_data`.
    @inlinable public static var keep: Self { Self(.keep) }

    /// Stay in the state. Erlang: `{keep_state_and_data, Actions}`.
    @_disfavoredOverload
    @inlinable public static func keep(_ actions: MachineAction<Machine>...) -> Self { Self(.keep, actions) }

    /// Stay in the state with one action.
    @inlinable public static func keep(_ action: MachineAction<Machine>) -> Self { Self(.keep, ActionList(action)) }

    /// Stay in the state with two actions.
    @inlinable public static func keep(_ first: MachineAction<Machine>, _ second: MachineAction<Machine>) -> Self {
        Self(.keep, ActionList(first, second))
    }

    /// Stay in the state with actions gathered elsewhere.
    @inlinable public static func keep(actions: [MachineAction<Machine>]) -> Self { Self(.keep, actions) }

    /// Come into the same state again. Erlang: `repeat_state_and_data`.
    @inlinable public static var `repeat`: Self { Self(.repeat) }

    /// Come into the same state again. Erlang: `{repeat_state_and_data, Actions}`.
    @inlinable public static func `repeat`(_ actions: MachineAction<Machine>...) -> Self { Self(.repeat, actions) }

    /// Come into the same state again with actions gathered elsewhere.
    @inlinable public static func `repeat`(actions: [MachineAction<Machine>]) -> Self { Self(.repeat, actions) }

    /// End with the reason `normal`. Erlang: `stop`.
    @inlinable public static var stop: Self { Self(.stop(.normal)) }

    /// Give these answers, in order, then end. Erlang: `{stop_and_reply, Reason, Replies}`, `{stop, Reason}`.
    @inlinable public static func stop(_ reason: ExitReason, _ replies: MachineReply...) -> Self {
        Self(.stop(reason), replies.map { MachineAction(_reply: $0) })
    }

    /// Give answers gathered elsewhere, in order, then end. Erlang: `{stop_and_reply, Reason, Replies}`.
    @inlinable public static func stop(_ reason: ExitReason = .normal, replies: [MachineReply]) -> Self {
        Self(.stop(reason), replies.map { MachineAction(_reply: $0) })
    }

    /// Stay, and handle this event again after the next change of state. Erlang: `{keep_state_and_data, postpone}`.
    @inlinable public static var postpone: Self { Self(.keep, [.postpone]) }

    /// Stay; this event does not belong here. A call fails with ``CallError/Code/unexpected(state:)``, anything else is
    /// counted and reported.
    @inlinable public static var unexpected: Self { Self(.unexpected) }
}

extension MachineTransition: CustomStringConvertible {
    public var description: String {
        let goal =
            switch target {
            case .keep: "keep"
            case .repeat: "repeat"
            case .next(let state): "next(\(state))"
            case .stop(let reason): "stop(\(reason))"
            case .unexpected: "unexpected"
            }
        return actions.isEmpty ? goal : "\(goal) \(actions)"
    }
}

extension MachineTransition: Equatable {
    /// States are compared as such, reasons by ``ExitReason/isSame(as:)``, actions by what they print.
    public static func == (a: MachineTransition, b: MachineTransition) -> Bool {
        let isSameTarget =
            switch (a.target, b.target) {
            case (.keep, .keep), (.repeat, .repeat), (.unexpected, .unexpected): true
            case (.next(let x), .next(let y)): x == y
            case (.stop(let x), .stop(let y)): x.isSame(as: y)
            default: false
            }
        return isSameTarget && a.actions.map(\.description) == b.actions.map(\.description)
    }
}

/// What becomes of an enter call: everything but another state. Erlang: `gen_statem:state_enter_result`.
public struct MachineEntry<Machine: GenStateMachine>: Sendable {
    @usableFromInline enum Kind: Sendable {
        case stay
        case `repeat`
        indirect case stop(ExitReason)
    }

    @usableFromInline let kind: Kind
    /// What is done besides, in order, behind the actions of the transition.
    public let actions: [MachineEntryAction<Machine>]

    @inlinable init(_ kind: Kind, _ actions: [MachineEntryAction<Machine>] = []) {
        self.kind = kind
        self.actions = actions
    }

    /// Nothing more. Erlang: `keep_state_and_data`.
    @inlinable public static var stay: Self { Self(.stay) }

    /// Answers and timeouts. Erlang: `{keep_state_and_data, Actions}`.
    @inlinable public static func stay(_ actions: MachineEntryAction<Machine>...) -> Self { Self(.stay, actions) }

    /// Answers and timeouts gathered elsewhere.
    @inlinable public static func stay(actions: [MachineEntryAction<Machine>]) -> Self { Self(.stay, actions) }

    /// The enter call once more, from the same old state. Erlang: `repeat_state_and_data`.
    @inlinable public static var `repeat`: Self { Self(.repeat) }

    /// The enter call once more. Erlang: `{repeat_state_and_data, Actions}`.
    @inlinable public static func `repeat`(_ actions: MachineEntryAction<Machine>...) -> Self { Self(.repeat, actions) }

    /// The enter call once more, with answers and timeouts gathered elsewhere.
    @inlinable public static func `repeat`(actions: [MachineEntryAction<Machine>]) -> Self { Self(.repeat, actions) }

    /// Give these answers, in order, then end. Erlang: `{stop_and_reply, Reason, Replies}`.
    @inlinable public static func stop(_ reason: ExitReason = .normal, _ replies: MachineReply...) -> Self {
        Self(.stop(reason), replies.map { MachineEntryAction(_reply: $0) })
    }
}

extension MachineEntry: CustomStringConvertible {
    public var description: String {
        let goal =
            switch kind {
            case .stay: "stay"
            case .repeat: "repeat"
            case .stop(let reason): "stop(\(reason))"
            }
        return actions.isEmpty ? goal : "\(goal) \(actions)"
    }
}

extension MachineEntry: Equatable {
    /// Compared by what they print.
    public static func == (a: MachineEntry, b: MachineEntry) -> Bool { a.description == b.description }
}

extension Reply {
    /// `return reply(value)`: stay in the state and answer.
    @inlinable public func callAsFunction<M>(_ value: Value) -> MachineTransition<M> { .keep(.reply(self, value)) }

    /// `return reply()`: stay in the state and answer.
    @inlinable public func callAsFunction<M>() -> MachineTransition<M> where Value == Void { .keep(.reply(self)) }

    /// `return reply()`: stay in the state and answer with success.
    @inlinable public func callAsFunction<M, E: Error>() -> MachineTransition<M> where Value == Result<Void, E> {
        .keep(.reply(self))
    }
}
