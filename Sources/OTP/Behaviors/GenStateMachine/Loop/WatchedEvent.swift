/// An event of a machine that is handled while somebody watches: tells that it came, and what has come of it; or the
/// machine's start, of which the latter is told. Holds neither the event nor a reply.
@usableFromInline final class WatchedEvent<Machine: GenStateMachine> {
    private let cell: MachineCell<Machine>
    /// The event; nil: the start.
    private let text: String?
    private let role: (any MachineRole<Machine>.Type)?
    private var inserted: [String] = []
    private var fate = SystemEvent.Kind.handled

    /// The event is about to be handled.
    @usableFromInline init(_ event: MachineEvent<Machine>, _ cell: MachineCell<Machine>) {
        self.cell = cell
        let text = Machine.formatEvent(event)
        self.text = text
        role = cell.body?.pointee.role
        let caller: PID? = if case .call(let call) = event { Client.caller(in: call) } else { nil }
        cell.noteReceived(text, from: caller, state: cell.shownState)
    }

    /// The machine begins with these actions.
    init(beginning actions: [MachineAction<Machine>], _ cell: MachineCell<Machine>) {
        self.cell = cell
        text = nil
        role = cell.body?.pointee.role
        look(at: actions)
    }

    /// Its handler has returned.
    @usableFromInline func handled(_ transition: MachineTransition<Machine>) {
        if case .unexpected = transition.target { fate = .unexpected }
        look(at: transition.actions)
    }

    private func look(at actions: [MachineAction<Machine>]) {
        for action in actions {
            switch action.kind {
            case .insert(let event): inserted.append(Machine.formatEvent(event))
            case .postpone: fate = .postponed
            default: break
            }
        }
    }

    /// The transition is complete.
    @usableFromInline func settled() {
        if cell.has(ProcessCell.Control.dead) { return }
        let state = cell.renderedState
        let hasAnswered = cell.noteAnswers(state: state)
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
