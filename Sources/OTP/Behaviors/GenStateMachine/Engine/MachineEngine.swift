/// Decides what happens in a machine, in which order: the state, the events that are its own, the timeouts.
///
/// Pure: it neither locks, waits, logs nor reads a clock. An event and what its handler returned go in; what is to be
/// done comes out as effects, in order, and as a ``MachineStep``. Who drives it calls the handlers, performs the effects,
/// and asks for the next event of its own before it takes one from elsewhere. Erlang: the loop of `gen_statem`.
@usableFromInline struct MachineEngine<Machine: GenStateMachine> {
    @usableFromInline typealias Event = MachineEvent<Machine>

    /// The state in which the machine is.
    @usableFromInline var state: Machine.State
    /// Events that come before anything from elsewhere; the next one stands last.
    @usableFromInline var queue: [Event] = []
    /// Events that wait for a change of state, in the order in which they came.
    @usableFromInline var postponed: [Event] = []
    @usableFromInline var timers = MachineTimers<Machine>()
    /// What is to be done, in order; whoever drives empties it.
    @usableFromInline var effects = MachineEffects<Machine>()
    /// Whether the last transition asked for sleep with little memory.
    @usableFromInline var hibernates = false
    /// How many events did not belong in the state in which they came.
    @usableFromInline var unexpectedCount = 0
    /// Whether the machine has declared a graph; asked once.
    @usableFromInline let isChecked: Bool

    // The transition that goes on: set by its event, completed when its enter call is done.
    /// Where it leads.
    @usableFromInline var nextState: Machine.State
    @usableFromInline var current: Event?
    @usableFromInline var postpones = false
    @usableFromInline var inserted: [Event] = []
    /// The first change of a timeout, if it is the only one; otherwise they stand in `changes`.
    @usableFromInline var change: MachineTimeoutChange<Machine>?
    @usableFromInline var changes: [MachineTimeoutChange<Machine>] = []

    /// A machine in its first state, before anything has happened.
    @inlinable init(_ state: Machine.State) {
        self.state = state
        nextState = state
        isChecked = Machine.graph.isDeclared
    }

    // MARK: events of its own

    /// The next event that comes before anything from elsewhere: inserted or retried, then a timeout of zero.
    @inlinable mutating func next() -> Event? {
        if !queue.isEmpty { return queue.removeLast() }
        if timers.zero.isEmpty { return nil }
        return timers.takeZero().map(Event.timeout)
    }

    /// Whether there is nothing to be done before the next event from elsewhere.
    @inlinable var isAtRest: Bool { queue.isEmpty && timers.zero.isEmpty && !hibernates }

    /// The timer with this number has come: its event, unless the timeout has been cancelled or replaced.
    @inlinable mutating func expired(_ number: UInt64) -> Event? { timers.take(number).map(Event.timeout) }

    // MARK: transitions

    /// The machine begins: its first actions, then the enter call of its first state.
    @inlinable mutating func begin(_ actions: [MachineAction<Machine>]) -> MachineStep<Machine> {
        for action in actions { collect(action) }
        postpones = false
        return .enter(from: state)
    }

    /// What the handler of `event` returned.
    @inlinable mutating func apply(
        _ transition: MachineTransition<Machine>, to event: Event
    ) -> MachineStep<Machine> {
        switch transition.target {
        case .keep, .repeat, .unexpected:
            nextState = state
        case .next(let next):
            if next != state {
                if isChecked, let illegal = Machine.graph.refusal(from: state, to: next, by: event) {
                    return .crash(illegal)
                }
            }
            nextState = next
        case .stop(let reason):
            collect(transition.list)
            forget()
            return .stop(reason)
        }
        hibernates = false
        if !transition.list.isEmpty {
            collect(transition.list)
            if postpones { current = event }
        }
        switch transition.target {
        case .repeat: return .enter(from: state)
        case .next where nextState != state: return .enter(from: state)
        case .unexpected: unexpectedCount += 1
        default: break
        }
        complete()
        return .settled
    }

    /// What the enter call returned.
    @inlinable mutating func entered(_ entry: MachineEntry<Machine>) -> MachineStep<Machine> {
        for action in entry.actions { collect(action.action) }
        switch entry.kind {
        case .stay:
            complete()
            return .settled
        case .repeat:
            return .enter(from: state)
        case .stop(let reason):
            state = nextState
            forget()
            return .stop(reason)
        }
    }

    /// Another state, from outside. Erlang: `sys:replace_state/2`.
    mutating func replaceState(_ state: Machine.State) {
        self.state = state
        nextState = state
    }

    // MARK: what a transition consists of

    @inlinable mutating func collect(_ actions: ActionList<Machine>) {
        if let reply = actions.reply { effects.append(reply) }
        guard let rest = actions.rest else { return }
        if let delay = rest.delay { collect(delay.change) }
        if rest.actions.isEmpty { return }
        for action in rest.actions { collect(action) }
    }

    @inlinable mutating func collect(_ change: MachineTimeoutChange<Machine>) {
        if self.change == nil, changes.isEmpty {
            self.change = change
        } else {
            if let first = self.change { changes.append(first) }
            self.change = nil
            changes.append(change)
        }
    }

    @inlinable mutating func collect(_ action: MachineAction<Machine>) {
        switch action.kind {
        case .reply(let reply): effects.append(reply)
        case .postpone: postpones = true
        case .insert(let event): inserted.append(event)
        case .timeout(let change): collect(change)
        case .hibernate: hibernates = true
        case .become(let role): effects.append(.become(role))
        }
    }

    /// The transition is accepted and its enter call done.
    @inlinable mutating func complete() {
        if postpones {
            if let current { postponed.append(current) }
            current = nil
            postpones = false
        }
        if nextState != state {
            state = nextState
            while let event = postponed.popLast() { queue.append(event) }
            if timers.state != nil { timers.cancel(.state, &effects) }
        }
        if timers.event != nil { timers.cancel(.event, &effects) }
        if let only = change {
            change = nil
            timers.perform(only, &effects)
        } else if !changes.isEmpty {
            timers.perform(changes, &effects)
            changes.removeAll(keepingCapacity: true)
        }
        while let event = inserted.popLast() { queue.append(event) }
    }

    /// The machine ends: nothing of the transition but its replies counts.
    @usableFromInline mutating func forget() {
        current = nil
        postpones = false
        inserted = []
        change = nil
        changes = []
    }

    /// Gives back buffers that are empty.
    @usableFromInline mutating func compact() {
        hibernates = false
        if queue.isEmpty { queue = [] }
        if postponed.isEmpty { postponed = [] }
        inserted = []
        changes = []
    }
}

/// What comes next in a machine, after its effects have been performed.
@usableFromInline enum MachineStep<Machine: GenStateMachine> {
    /// The transition is complete.
    case settled
    /// The enter call of `nextState`; what it returns goes to `entered`.
    case enter(from: Machine.State)
    /// The machine ends.
    indirect case stop(ExitReason)
    /// The transition is not accepted; nothing of it has been done.
    case crash(any Error)
}
