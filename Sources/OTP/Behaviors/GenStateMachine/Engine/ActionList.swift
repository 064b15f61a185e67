/// A state or event timeout after a while that says something without references.
@usableFromInline struct PlainDelay: Sendable {
    @usableFromInline let isOfState: Bool
    @usableFromInline let delay: Duration
    @usableFromInline let content: PlainWords

    @inlinable init(isOfState: Bool, delay: Duration, content: PlainWords) {
        self.isOfState = isOfState
        self.delay = delay
        self.content = content
    }
}

/// The actions of a transition, in order: an answer, which is all that most ask for, and what else there is behind a pointer.
/// So a transition is returned in registers, and copied and freed as what it is, without asking its type how.
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

    /// What few transitions ask for. Nothing in it is of a type that would have to be looked up when it is freed.
    @usableFromInline final class Rest: Sendable {
        /// A delay comes first: needs no array, and mostly nothing else.
        @usableFromInline let plain: PlainDelay?
        @usableFromInline let kept: KeptDelay?
        @usableFromInline let actions: [Action]

        @inlinable init(_ delay: Delay?, _ actions: [Action]) {
            plain = delay.flatMap { delay in
                PlainWords(delay.content).map {
                    PlainDelay(isOfState: delay.isOfState, delay: delay.delay, content: $0)
                }
            }
            kept = plain == nil ? delay.map(KeptDelay.init) : nil
            self.actions = actions
        }

        @inlinable var delay: Delay? {
            if let plain { return Delay(plain.isOfState, plain.delay, plain.content.value(as: Machine.Timeout.self)) }
            return kept?.delay
        }
    }

    /// One that says something with references in it.
    @usableFromInline final class KeptDelay: Sendable {
        @usableFromInline let delay: Delay

        @inlinable init(_ delay: Delay) { self.delay = delay }
    }

    /// Comes first.
    @usableFromInline let reply: MachineReply?
    @usableFromInline let rest: Rest?

    @inlinable init(reply: MachineReply?, rest: Rest?) {
        self.reply = reply
        self.rest = rest
    }

    @inlinable init(_ all: [Action]) { self.init(reply: nil, rest: all.isEmpty ? nil : Rest(nil, all)) }

    @inlinable init(_ action: Action) {
        if case .reply(let reply) = action.kind {
            self.init(reply: reply, rest: nil)
        } else if let delay = Delay(action) {
            self.init(reply: nil, rest: Rest(delay, []))
        } else {
            self.init([action])
        }
    }

    @inlinable init(_ first: Action, _ second: Action) {
        if case .reply(let reply) = first.kind {
            let delay = Delay(second)
            self.init(reply: reply, rest: Rest(delay, delay == nil ? [second] : []))
        } else {
            self.init([first, second])
        }
    }

    @inlinable var isEmpty: Bool { reply == nil && rest == nil }

    @inlinable var all: [Action] {
        var all: [Action] = []
        if let reply { all.append(Action(_reply: reply)) }
        if let delay = rest?.delay { all.append(Action(_change: delay.change)) }
        return all + (rest?.actions ?? [])
    }
}
