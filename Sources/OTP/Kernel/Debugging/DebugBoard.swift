internal import Synchronization

/// What watches a process, and the answers of the handler that runs, which are told when it has returned: only then
/// is the state known.
// @unchecked because its fields belong to whoever runs the process; replies from elsewhere come as notices.
final class DebugBoard: @unchecked Sendable {
    struct Answer {
        let text: String
        let receiver: PID?
    }

    var machine = DebugMachine()
    var answers: [Answer] = []
}

extension ProcessCell {
    /// Changes what watches the process. Only for whoever runs it, or before it begins.
    final func debugging<Value>(_ change: (inout DebugMachine) throws -> Value) rethrows -> Value {
        let board = self.board ?? DebugBoard()
        // Made once: whoever replies from elsewhere reads the reference while the bit is set.
        if self.board == nil { self.board = board }
        defer { if board.machine.isIdle { clear(Control.watched) } else { set(Control.watched) } }
        return try change(&board.machine)
    }

    /// The events that are kept, oldest first; nil if none are.
    final var keptEvents: [SystemEvent]? { board?.machine.log?.events }

    /// Under which name events are printed.
    final var debugName: String { nameTexts.first ?? "\(pid)" }

    // MARK: what the loops of behaviours say, while the control bit `watched` is set

    /// A message has been taken and is about to be handled.
    final func noteReceived(
        _ text: String, from caller: PID? = nil, kind: SystemEvent.Kind = .received, state: String? = nil
    ) {
        emit(SystemEvent(kind, text, peer: caller, state: state, at: node.now))
    }

    /// The handler has returned or thrown: what it answered, or that it goes on.
    @usableFromInline final func noteHandled(showsState: Bool = true) {
        let state = showsState ? renderedState : nil
        let hasAnswered = noteAnswers(state: state)
        if !hasAnswered, showsState { emit(SystemEvent(.handled, "", state: state, at: node.now)) }
    }

    /// What it has answered last, when no handler of its own runs any more.
    @usableFromInline final func noteLastAnswers() {
        if has(Control.watched), !has(Control.dead) { noteHandled(showsState: false) }
    }

    /// What the handler has answered; false if nothing.
    final func noteAnswers(state: String?) -> Bool {
        guard let board else { return false }
        let answers = board.answers
        board.answers = []
        for answer in answers {
            emit(SystemEvent(.sent, answer.text, peer: answer.receiver, state: state, at: node.now))
        }
        return !answers.isEmpty
    }

    /// Something else that is worth telling.
    final func noteEvent(_ event: SystemEvent) { emit(event) }

    private final func emit(_ event: SystemEvent) {
        guard let board, has(Control.watched) else { return }
        var event = event
        event.text = Rendering.limited(event.text)
        event.state = event.state.map { Rendering.limited($0) }
        let shown = redacted(event)
        let sinks = board.machine.take(shown)
        if board.machine.isIdle { clear(Control.watched) }
        if sinks.isEmpty { return }
        let line = "*DBG* \(debugName) \(shown)"
        for sink in sinks { sink.write(line) }
    }

    // MARK: replies

    /// A reply goes out while the process is counted or watched. From any thread.
    @usableFromInline final func noteReply(_ text: @autoclosure () -> String, to receiver: PID?) {
        if has(Control.observed) { traffic?.noteSent() }
        guard has(Control.watched), let board else { return }
        let answer = DebugBoard.Answer(text: text(), receiver: receiver)
        if CurrentProcess.reference?.toOpaque() == Unmanaged.passUnretained(self).toOpaque() {
            board.answers.append(answer)
        } else {
            push(
                Errand { cell in
                    cell.noteEvent(SystemEvent(.sent, answer.text, peer: answer.receiver, at: cell.node.now))
                })
        }
    }
}
