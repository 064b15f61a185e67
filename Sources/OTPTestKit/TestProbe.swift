public import OTP
internal import Synchronization

/// For tests of handlers without a runtime: a context with no process behind it, which notes what the handler asks for.
///
/// Nothing of it happens: nobody is monitored or linked, no process is started, no key is taken. Where a handler gets a
/// reference to a process that it starts, that leads nowhere; a `spawnStartMonitor`, which has to wait for a value, throws.
///
/// ```swift
/// let probe = TestProbe<Counter>()
/// var counter = Counter()
/// #expect(counter.handleCast(.increment, probe.me) == .receive)
/// let (value, next) = try await probe.call(&counter) { .value($0) }   // without await if it is synchronous
/// #expect(value == 1 && next == .receive)
/// #expect(probe.log.isEmpty)
/// ```
public struct TestProbe<B: ProcessBehavior> {
    /// What a handler takes as its second argument.
    public let me: ProcessContext<B>
    private let notes: Notes

    /// A probe for a behaviour, which usually the context tells.
    public init(_ type: B.Type = B.self) {
        notes = Notes()
        me = ProcessContext(recordingTo: notes, node: .current)
    }

    /// Everything that was asked of the context, in order.
    public var log: [ContextEffect] { notes.effects }

    /// Empties the log.
    public func clearLog() { notes.clear() }
}

extension TestProbe where B: GenServer {
    /// Gives the server a call and returns what it answered meanwhile, if anything, and what it wants to do next.
    ///
    /// An answer that comes with `.stop(_, replying:)` counts as one.
    ///
    /// - Throws: What the handler throws.
    public func call<Value: Sendable>(
        _ server: inout B, _ message: (Reply<Value>) -> B.Call
    ) async throws -> (reply: Value?, next: B.Next) {
        let target = ProbeTarget<Value>()
        let next = try await server.handleCall(message(Reply(to: target)), me)
        next.sendFinalReply()
        return (target.value, next)
    }
}

extension TestProbe where B: SynchronousGenServer {
    /// Gives the server a call and returns what it answered meanwhile, if anything, and what it wants to do next.
    ///
    /// An answer that comes with `.stop(_, replying:)` counts as one.
    ///
    /// - Throws: What the handler throws.
    public func call<Value: Sendable>(
        _ server: inout B, _ message: (Reply<Value>) -> B.Call
    ) throws -> (reply: Value?, next: B.Next) {
        let target = ProbeTarget<Value>()
        let next = try server.handleCall(message(Reply(to: target)), me)
        next.sendFinalReply()
        return (target.value, next)
    }
}

extension TestProbe where B: GenStateMachine {
    /// Gives the machine a call in `state` and returns what it answered, if anything, and what becomes of it.
    ///
    /// Answers among the transition's actions are given; everything else in it is there to be looked at.
    ///
    /// - Throws: What the handler throws.
    public func call<Value: Sendable>(
        _ machine: inout B, in state: B.State, _ message: (Reply<Value>) -> B.Call
    ) async throws -> (reply: Value?, transition: B.Transition) {
        let target = ProbeTarget<Value>()
        let transition = try await machine.handleEvent(.call(message(Reply(to: target))), in: state, me)
        transition.sendReplies()
        return (target.value, transition)
    }
}

extension TestProbe where B: SynchronousGenStateMachine {
    /// Gives the machine a call in `state` and returns what it answered, if anything, and what becomes of it.
    ///
    /// Answers among the transition's actions are given; everything else in it is there to be looked at.
    ///
    /// - Throws: What the handler throws.
    public func call<Value: Sendable>(
        _ machine: inout B, in state: B.State, _ message: (Reply<Value>) -> B.Call
    ) throws -> (reply: Value?, transition: B.Transition) {
        let target = ProbeTarget<Value>()
        let transition = try machine.handleEvent(.call(message(Reply(to: target))), in: state, me)
        transition.sendReplies()
        return (target.value, transition)
    }
}

extension Reply {
    /// A reply for which nobody waits: to make a message from.
    public static var probe: Reply { Reply(to: ProbeTarget()) }
}

/// Keeps the first answer.
private final class ProbeTarget<Value: Sendable>: ReplyTarget {
    private let box = Mutex<Value?>(nil)

    var value: Value? { box.withLock { $0 } }
    var isWanted: Bool { value == nil }

    func receive(_ value: Value) {
        box.withLock { known in if known == nil { known = value } }
    }
}

private final class Notes: ContextRecorder {
    private(set) var effects: [ContextEffect] = []
    func record(_ effect: ContextEffect) { effects.append(effect) }
    func clear() { effects = [] }
}
