internal import Synchronization

/// The right to answer one call, once, from anywhere: now, after the handler has returned, from another process.
///
/// Only the first answer counts; an answer that comes too late goes nowhere. When the last copy of a reply is
/// dropped unanswered, its caller fails with `.noReply` at once. Erlang: `From` and `gen_server:reply/2`.
public final class Reply<Value: Sendable>: Sendable {
    @usableFromInline let slot: CallSlot?
    @usableFromInline let generation: UInt64
    @usableFromInline let target: (any ReplyTarget<Value>)?
    /// Who asks in the slot, for reports of what happens when the call is over.
    private let asker: UInt64

    @usableFromInline init(slot: CallSlot, generation: UInt64) {
        self.slot = slot
        self.generation = generation
        target = nil
        asker = slot.body.pointee.callerPID.load(ordering: .relaxed)
    }

    /// A reply that is handed to `target`: for tests and for callers elsewhere.
    public init(to target: any ReplyTarget<Value>) {
        slot = nil
        generation = 0
        asker = 0
        self.target = target
    }

    /// A reply that nobody waits for, to name a call in a report.
    @usableFromInline init(detached: Void) {
        slot = nil
        generation = 0
        asker = 0
        target = nil
    }

    deinit {
        if let slot {
            if slot.isPending(generation) { slot.dropped(generation) }
        } else {
            target?.dropped()
        }
    }

    /// Answers the call. The first answer counts; all others are ignored.
    @inlinable public func send(_ value: Value) { send(value, shownAs: "\(value)") }

    /// Answers the call; who watches the server sees this text instead of the value.
    @inlinable @inline(__always) func send(_ value: Value, shownAs text: @autoclosure () -> String) {
        if let slot {
            guard slot.claim(generation) else { return }
            if let server = slot.noting {
                if slot.failed(byEndOf: server) { return }
                server._withUnsafeGuaranteedRef { $0.noteReply(text(), to: slot.receiver) }
            }
            slot.store(value)
            slot.publish()
        } else {
            target?.receive(value)
        }
    }

    /// Ends the call with a failure instead of a value.
    @usableFromInline func fail(_ failure: CallFailure) {
        slot?.fail(generation, failure)
    }

    /// Who called: a process, or a temporary identity of an ordinary task. Nil when the call is over.
    ///
    /// Both can be monitored. The end of a temporary identity is the end of its call: `.normal` when it was answered,
    /// `.shutdown` when the caller has given up.
    public var caller: PID? {
        guard let slot else { return target?.caller }
        let raw = slot.body.pointee.callerPID.load(ordering: .relaxed)
        guard slot.isPending(generation), raw != 0 else { return nil }
        let pid = PID(raw: raw)
        if Node.cell(pid) == nil { CallerIdentity.note(pid, slot, generation) }
        return pid
    }

    /// Who called, also when the call is over.
    var client: PID? {
        if slot == nil { return target?.caller }
        return asker == 0 ? nil : PID(raw: asker)
    }

    /// False when nobody waits any more: the caller has given up, ended or been answered.
    public var isWanted: Bool {
        if let slot { return slot.isPending(generation) }
        return target?.isWanted ?? false
    }
}

/// Where replies go that are not those of a waiting call on this node.
///
/// `receive` is called with every answer, `dropped` when the last copy of the reply is gone; an implementation that
/// cares which came first keeps note of it.
public protocol ReplyTarget<Value>: AnyObject, Sendable {
    associatedtype Value: Sendable
    /// An answer.
    func receive(_ value: Value)
    /// The last copy of the reply is gone.
    func dropped()
    /// Who asked, if known.
    var caller: PID? { get }
    /// Whether an answer is still of use.
    var isWanted: Bool { get }
}

extension ReplyTarget {
    public func dropped() {}
    public var caller: PID? { nil }
    public var isWanted: Bool { true }
}

extension Reply {
    /// `reply(value)`: answers the call.
    @inlinable public func callAsFunction(_ value: Value) { send(value) }

    /// `reply()`: answers a call that expects nothing but the answer.
    @inlinable public func callAsFunction() where Value == Void { send(()) }

    /// `reply()`: the same as `reply(.success(()))`.
    @inlinable public func callAsFunction<E: Error>() where Value == Result<Void, E> { send(.success(())) }
}

extension Reply: Hashable {
    public static func == (a: Reply, b: Reply) -> Bool { a === b }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension Reply: CustomStringConvertible, CustomDebugStringConvertible {
    /// `→Int`: what the caller expects, so that printed messages stay readable.
    public var description: String { "→\(Value.self)" }
    public var debugDescription: String { description }
}
