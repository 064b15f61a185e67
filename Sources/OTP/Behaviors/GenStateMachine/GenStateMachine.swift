/// A process that is always in exactly one state, and in each state handles events in its own way.
/// Erlang: `gen_statem`; Elixir: `GenStateMachine`.
///
/// ```swift
/// struct Door: GenStateMachine {
///     enum State: Sendable { case locked, unlocked, open }
///     enum Refusal: Error { case wrongCode, doorLocked, doorOpen }
///     typealias Answer = Reply<Result<Void, Refusal>>
///     enum Call: Sendable { case unlock(code: String, Answer), open(Answer), close(Answer) }
///     enum Timeout: Sendable { case autoLock }
///
///     let initialState = State.locked
///     let code: String
///
///     func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition {
///         switch (state, event) {
///         case (.locked, .call(.unlock(code, let reply))):
///             .next(.unlocked, .reply(reply), .stateTimeout(.seconds(10), .autoLock))
///         case (.locked, .call(.unlock(_, let reply))): reply(.failure(.wrongCode))
///         case (.locked, .call(.open(let reply))), (.locked, .call(.close(let reply))): reply(.failure(.doorLocked))
///         case (.unlocked, .call(.open(let reply))): .next(.open, .reply(reply))
///         case (.unlocked, .call(.close(let reply))), (.unlocked, .call(.unlock(_, let reply))): reply(.success(()))
///         case (.unlocked, .timeout(.autoLock)): .next(.locked)
///         case (.open, .call(.close(let reply))): .next(.unlocked, .reply(reply))
///         case (.open, .call(.open(let reply))), (.open, .call(.unlock(_, let reply))): reply(.failure(.doorOpen))
///         case (.locked, .timeout), (.open, .timeout): .unexpected
///         }
///     }
/// }
/// ```
///
/// **State and data.** `State` says which way of behaving the machine is in, and may carry values; everything else is in
/// the machine itself. **One handler or one function for each state**: `handleEvent` is either a table over
/// `(state, event)` as above, or a switch over the state that calls a function for each; both are exhaustive without
/// `default`, because the kinds of events that a machine does not declare carry `Never`. **An event that does not belong
/// in a state** is `.unexpected`: a call fails with ``CallError/Code/unexpected(state:)``, anything else is counted and
/// reported. **Replies are actions**: they are performed when the transition is accepted.
/// **Order** of inserted, postponed and new events and of zero timeouts is OTP's: what was inserted comes first, in order;
/// then, after a change of state, what was postponed, in order of arrival; then zero timeouts; then the mailbox.
///
/// Use something else for: work that ends by itself (a task), a server that treats every message alike at all times
/// (``GenServer``). A machine none of whose functions suspends should be a ``SynchronousGenStateMachine``: it is faster.
///
/// These requirements are optional, so that a misspelt one is silently never called: `handleStart`, `handleEnter`,
/// `terminate`, `formatStatus`, `formatEvent`, `eventName`, `graph`.
public protocol GenStateMachine: StatefulBehavior {
    /// What the machine can be in. Two that are equal are the same state.
    associatedtype State: Equatable & Sendable
    associatedtype Call = Never
    associatedtype Cast = Never
    associatedtype Info = Never
    /// Events that the machine inserts itself. Erlang: event type `internal`.
    associatedtype Internal: Sendable = Never
    /// What a timeout says when it comes, whichever kind it is of. Erlang: `EventContent` of a timeout.
    associatedtype Timeout: Hashable & Sendable = Never
    /// The names of timeouts that run on through states. Unless declared, a timeout is named by what it says.
    /// Erlang: `{timeout, Name}`.
    associatedtype TimerName: Hashable & Sendable = Timeout
    /// Something that happens to the machine.
    typealias StateEvent = MachineEvent<Self>
    /// What the handler of an event returns.
    typealias Transition = MachineTransition<Self>
    /// What the handler of an enter call returns.
    typealias StateEntry = MachineEntry<Self>
    /// Something to be done with a transition.
    typealias StateAction = MachineAction<Self>

    /// The state in which the machine begins; read once, after its `init`.
    var initialState: State { get }
    /// Called once, after the start has been acknowledged and before anything else: what is to be done first. Not if the process was
    /// told to end during its `init`: `terminate` follows at once then.
    /// Erlang: the actions that `init/1` returns.
    nonisolated(nonsending) mutating func handleStart(_ me: Me) async throws -> [StateAction]
    /// Something has happened. Erlang: `handle_event/4`, or the function named after the state.
    nonisolated(nonsending) mutating func handleEvent(
        _ event: StateEvent, in state: State, _ me: Me
    ) async throws -> Transition
    /// The machine has come into `state`, at its start or by `.next` with another state, or `.repeat` was returned: then,
    /// and at the start, `old` is the same state. Comes before any other event. Erlang: `state_enter` calls.
    ///
    /// If it throws, the transition is not completed: `terminate` sees `old`.
    nonisolated(nonsending) mutating func handleEnter(
        _ state: State, from old: State, _ me: Me
    ) async throws -> StateEntry
    /// Called before the machine ends, for whatever reason but `kill`, if its `init` had succeeded; also if nothing else has been
    /// called, because it was told to end meanwhile.
    ///
    /// Runs uncancelled and under a time limit. A reason that it throws replaces the original one. Erlang: `terminate/3`.
    nonisolated(nonsending) mutating func terminate(reason: ExitReason, in state: State, _ me: Me) async throws
    /// Changes what is shown of the machine in reports and by `SystemControl`: the place to hide secrets.
    /// Where the state alone is shown, as of an event that does not belong in it, the rest of `status` is empty.
    /// If it throws, that it threw is shown instead of state and data, and neither events nor timeouts are.
    /// Erlang: `format_status/1`.
    func formatStatus(_ status: inout MachineStatus, in state: State) throws
    /// What may be shown of an event in reports. Erlang: `format_status/1`.
    static func formatEvent(_ event: StateEvent) -> String
    /// What may be shown, and kept, of what a machine that is watched does: answers stand in it as they were given.
    /// Events of the machine and its state have been formatted before. Erlang: `format_status/1`, for its log.
    static func formatEvent(_ event: SystemEvent) -> SystemEvent

    /// Which transitions by which events are legal, if the machine declares that: checked while it runs, drawn as a
    /// diagram.
    static var graph: StateGraph<Self> { get }
    /// How an event is called in the graph. Unless declared: the name of its enum case.
    static func eventName(_ event: StateEvent) -> String
}

extension GenStateMachine {
    @inlinable public mutating func handleStart(_ me: Me) -> [StateAction] { [] }
    @inlinable public mutating func handleEnter(_ state: State, from old: State, _ me: Me) -> StateEntry {
        if me.cell.asked == OwnHandlers.Handler.enter { me.cell.asked = 0 }
        return .stay
    }
    @inlinable public mutating func terminate(reason: ExitReason, in state: State, _ me: Me) {}
    public func formatStatus(_ status: inout MachineStatus, in state: State) {}
    public static func formatEvent(_ event: StateEvent) -> String { event.description }
    public static func formatEvent(_ event: SystemEvent) -> SystemEvent { event }
    public static var graph: StateGraph<Self> { .undeclared }
    public static func eventName(_ event: StateEvent) -> String { event.caseName }

    @inlinable public static func _makeCell(_ blueprint: ServerBlueprint<Self>) -> ServerProcess<Self> {
        ServerProcess(
            MachineCell(blueprint) { held, runner in
                await MachineLoop<Self>.run(held, runner)
            })
    }
}
