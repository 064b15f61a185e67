/// The actions of a transition, in order. Those of most, an answer and a timeout, need no array; kept so small that the
/// compiler does not go by the type's witnesses to copy it and to destroy it.
@usableFromInline struct ActionList<Machine: GenStateMachine>: Sendable {
    @usableFromInline typealias Action = MachineAction<Machine>

    /// A state or event timeout after a while.
    @usableFromInline struct Delay: Sendable {
        @usableFromInline let isOfState: Bool
        @usableFromInline let delay: Duration
        @usableFromInline let content: Machine.Timeout

        @inlinable init(_ isOfState: Bool, _ delay: Duration, _ content: Machine.Timeout) {
            self.isOfState = isOfState
            self.delay = delay
            self.content = content
        }

        /// Nil if the action is another one.
        @inlinable init?(_ action: Action) {
            guard case .timeout(let change) = action.kind, case .start(.after(let delay), let content) = change.what
            else { return nil }
            switch change.timer {
            case .state: self.init(true, delay, content)
            case .event: self.init(false, delay, content)
            case .named: return nil
            }
        }

        @inlinable var change: MachineTimeoutChange<Machine> {
            .init(isOfState ? .state : .event, .start(.after(delay), content))
        }
    }

    /// Comes first.
    @usableFromInline let reply: MachineReply?
    /// Comes second.
    @usableFromInline let delay: Delay?
    @usableFromInline let more: [Action]

    @inlinable init(reply: MachineReply?, delay: Delay?, more: [Action]) {
        self.reply = reply
        self.delay = delay
        self.more = more
    }

    @inlinable init(_ all: [Action]) { self.init(reply: nil, delay: nil, more: all) }

    @inlinable init(_ action: Action) {
        if case .reply(let reply) = action.kind {
            self.init(reply: reply, delay: nil, more: [])
        } else if let delay = Delay(action) {
            self.init(reply: nil, delay: delay, more: [])
        } else {
            self.init([action])
        }
    }

    @inlinable init(_ first: Action, _ second: Action) {
        if case .reply(let reply) = first.kind {
            let delay = Delay(second)
            self.init(reply: reply, delay: delay, more: delay == nil ? [second] : [])
        } else {
            self.init([first, second])
        }
    }

    @inlinable var isEmpty: Bool { reply == nil && delay == nil && more.isEmpty }

    @inlinable var all: [Action] {
        var all: [Action] = []
        if let reply { all.append(Action(_reply: reply)) }
        if let delay { all.append(Action(_change: delay.change)) }
        return all + more
    }
}
