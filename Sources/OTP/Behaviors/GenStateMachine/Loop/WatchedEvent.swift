/// An event of a machine that is handled while somebody watches: tells that it came, and what has come of it; or the
/// machine's start, of which the latter is told. Holds neither the event nor a reply.
@usableFromInline final class WatchedEvent<Machine: GenStateMachine> {
    private let cell: MachineCell<Machine>
    /// The event; nil: the start.
    private let text: String?
    /// The state in which it comes; nil: the machine has not begun.
    private let before: Machine.State?
    private let role: (any MachineRole<Machine>.Type)?
    /// The timeouts that it sets.
    private var timers: [String] = []
    private var inserted: [String] = []
    private var fate = SystemEvent.Kind.handled

    /// The event is about to be handled.
    @usableFromInline init(_ event: MachineEvent<Machine>, _ cell: MachineCell<Machine>) {
        self.cell = cell
        let text = Machine.formatEvent(event)
        self.text = text
        before = cell.body?.pointee.engine.state
        role = cell.body?.pointee.role
        let caller: PID? = if case .call(let call) = event { Client.caller(in: call) } else { nil }
        cell.noteReceived(text, from: caller, state: cell.shownState)
    }

    /// The machine begins with these actions.
    init(beginning actions: [MachineAction<Machine>], _ cell: MachineCell<Machine>) {
        self.cell = cell
        text = nil
        before = nil
        role = cell.body?.pointee.role
        look(at: actions)
    }

    /// Its handler has returned.
    @usableFromInline func handled(_ transition: MachineTransition<Machine>) {
        if case .unexpected = transition.target { fate = .unexpected }
        look(at: transition.actions)
    }

    /// An enter call has returned.
    @usableFromInline func entered(_ entry: MachineEntry<Machine>) { look(at: entry.actions.map(\.action)) }

    private func look(at actions: [MachineAction<Machine>]) {
        for action in actions {
            switch action.kind {
            case .insert(let event): inserted.append(Machine.formatEvent(event))
            case .postpone: fate = .postponed
            case .timeout(let change): if let text = change.started { timers.append(text) }
            default: break
            }
        }
    }

    /// The transition is complete.
    @usableFromInline func settled() {
        if cell.has(ProcessCell.Control.dead) { return }
        let state = cell.renderedState
        let hasAnswered = cell.noteAnswers(state: state)
        if cell.body?.pointee.engine.state != before { note(.entered, "", cell.shownState) }
        for text in timers { note(.timerStarted, text, cell.shownState) }
        for text in inserted { note(.inserted, text) }
        let now = cell.body?.pointee.role
        if now != role { note(.changedRole, now.map { "\($0)" } ?? "\(Machine.self)") }
        guard let text else { return }
        if fate != .handled { note(fate, text, state) } else if !hasAnswered { note(.handled, "", state) }
    }

    private func note(_ kind: SystemEvent.Kind, _ text: String, _ state: String? = nil) {
        cell.noteEvent(SystemEvent(kind, text, state: state, at: cell.node.now))
    }
}

extension MachineTimeoutChange {
    /// What is set, as it may be shown; nil if nothing is.
    fileprivate var started: String? {
        guard case .start(let point, let content) = what else { return nil }
        let kind =
            switch timer {
            case .state: "state timeout"
            case .event: "event timeout"
            case .named(let name): "timeout \(name)"
            }
        let time =
            switch point {
            case .after(let delay): "after \(delay)"
            case .at(let point): "at \(point)"
            }
        return "\(kind) \(time): \(Machine.formatEvent(.timeout(content)))"
    }
}
