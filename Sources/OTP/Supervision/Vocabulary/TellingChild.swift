/// A child that has something to say to whoever asks for its start, beside that it runs: a port, a token.
/// Erlang: a start function that returns `{ok, Pid, Info}`.
///
/// ```swift
/// let listener = Listener.childTelling("listener") { me in
///     let listener = try await Listener(me)
///     return (listener, listener.port)
/// }
/// if let (pid, port) = try await supervisor.startChild(listener) { … }
/// ```
///
/// It is told once, at a start on request; where the child stands in a list, and where it is restarted by itself, nobody hears
/// it. The supervisor keeps nothing of it.
public struct TellingChild<Value: Sendable>: Supervisable {
    public let childSpec: ChildSpec

    @usableFromInline init(_ childSpec: ChildSpec) { self.childSpec = childSpec }
}

extension SupervisorAddress {
    /// Adds a child at the end of the list, starts it and returns what it has to say. Erlang: `supervisor:start_child/2`, which
    /// gives `{ok, Pid, Info}`.
    ///
    /// - Returns: The process and what it says; nil if the child's `init` declined to start.
    /// - Throws: As of any other child.
    @discardableResult public nonisolated(nonsending) func startChild<Value>(
        _ child: TellingChild<Value>
    ) async throws -> (pid: PID, value: Value)? {
        guard case .asked(let question) = try SupervisorQuestion.start(child.childSpec, at: ref?.server, self) else {
            preconditionFailure("a child that tells begins in a turn of its own")
        }
        switch try await question.settled() {
        case .told(let cell, let value as Value): return (cell.pid, value)
        case .pid(nil): return nil
        default: preconditionFailure("a child that tells has told when it runs")
        }
    }

    /// Starts a child that does not run and returns what it has to say. Erlang: `supervisor:restart_child/2`, which gives
    /// `{ok, Pid, Info}`.
    ///
    /// - Parameter type: What is expected to be told.
    /// - Returns: The process and what it says, nil if nothing or something else; nil in all if the child's `init` declined to
    ///   start.
    ///   Of several who have asked for one start, beside a zombie, the first is told.
    /// - Throws: As ``restartChild(_:)``.
    @discardableResult public nonisolated(nonsending) func restartChild<Value: Sendable>(
        _ id: ChildID, telling type: Value.Type
    ) async throws -> (pid: PID, value: Value?)? {
        let answer = try await request(.restartChild(id))
        guard let pid = answer.pid else { return nil }
        if case .told(_, let value as Value) = answer { return (pid, value) }
        return (pid, nil)
    }
}
