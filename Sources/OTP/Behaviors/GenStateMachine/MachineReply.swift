/// An answer that is given when a transition is accepted. Erlang: `{reply, From, Reply}`.
public struct MachineReply: Sendable, CustomStringConvertible {
    @usableFromInline let box: AnswerBox

    @inlinable init(_ box: AnswerBox) { self.box = box }

    /// Gives the answer.
    @inlinable func send() { box.send() }

    public var description: String { "reply(\(box.text))" }
}

/// An answer of whatever type. An object, so that an action is small.
// @unchecked because what the subclass holds is Sendable and never changes.
@usableFromInline class AnswerBox: @unchecked Sendable {
    @inlinable init() {}
    @usableFromInline func send() {}
    @usableFromInline var text: String { "" }
}

// @unchecked as its superclass.
@usableFromInline final class Answer<Value: Sendable>: AnswerBox, @unchecked Sendable {
    @usableFromInline let reply: Reply<Value>
    @usableFromInline let value: Value

    @inlinable init(_ reply: Reply<Value>, _ value: Value) {
        self.reply = reply
        self.value = value
        super.init()
    }

    @inlinable override func send() { reply.send(value) }
    @usableFromInline override var text: String { "\(value)" }
}

/// Whatever may stand where an answer may: the actions of transitions, of enter calls, of the last transition.
public protocol MachineReplying: Sendable {
    /// This answer. Not to be called outside the library.
    init(_reply: MachineReply)
}

extension MachineReplying {
    /// Answers a call; before any other action, and before the enter call of the next state.
    @inlinable public static func reply<Value: Sendable>(_ reply: Reply<Value>, _ value: Value) -> Self {
        Self(_reply: MachineReply(Answer(reply, value)))
    }

    /// Answers a call that expects nothing but the answer.
    @inlinable public static func reply(_ reply: Reply<Void>) -> Self {
        Self(_reply: MachineReply(Answer(reply, ())))
    }

    /// Answers a call with success.
    @inlinable public static func reply<E: Error>(_ reply: Reply<Result<Void, E>>) -> Self {
        Self(_reply: MachineReply(Answer(reply, .success(()))))
    }
}

extension MachineReply: MachineReplying {
    /// For the library.
    @inlinable public init(_reply: MachineReply) { self = _reply }
}
