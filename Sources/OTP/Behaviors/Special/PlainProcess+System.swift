extension PlainProcess {
    /// Lets `SystemControl` see the state of this process, and change it. Erlang: `system_get_state/1` and
    /// `system_replace_state/2` of a special process.
    ///
    /// Both functions run in this process, while it waits in `receive`. One that throws harms nobody: whoever asked is
    /// told.
    ///
    /// ```swift
    /// var count = 0
    /// me.exposeState { count } replace: { count = $0 }
    /// ```
    public func exposeState<State: Sendable>(
        _ get: @escaping () throws -> State, replace set: ((State) throws -> Void)? = nil
    ) {
        let replace: ((any Sendable) throws -> Void)? = set.map { set in
            { new in
                guard let state = new as? State else {
                    throw SystemCallError(.wrongType(expected: "\(State.self)", found: "\(type(of: new))"))
                }
                try set(state)
            }
        }
        cell.exposed = ExposedState(get: get, set: replace)
    }

    /// Counts messages that this process has sent, for `SystemControl.statistics`; what it receives is counted by
    /// itself. Erlang: the debug event `{out, …}` of a special process.
    public func noteSent(_ count: Int = 1) {
        if cell.has(ProcessCell.Control.observed) { cell.traffic?.noteSent(count) }
    }

    /// Says that this process has sent something, for `SystemControl`: counted, logged and traced if somebody watches,
    /// else nothing. What it receives is told by itself. Erlang: `sys:handle_debug/4` with `{out, Msg, To}`.
    ///
    /// - Parameters:
    ///   - message: What was sent; it is printed only if somebody watches.
    ///   - receiver: To whom.
    public func noteSent(_ message: @autoclosure () -> some Any, to receiver: PID? = nil) {
        if cell.has(ProcessCell.Control.observed) { cell.traffic?.noteSent(1) }
        guard cell.has(ProcessCell.Control.watched) else { return }
        cell.noteEvent(
            SystemEvent(.sent, "\(message())", peer: receiver, state: cell.renderedState, at: cell.node.now))
    }

    /// Says something of this process, for `SystemControl`: logged and traced if somebody watches, else nothing.
    /// Erlang: `sys:handle_debug/4`.
    public func note(_ text: @autoclosure () -> String) {
        guard cell.has(ProcessCell.Control.watched) else { return }
        cell.noteEvent(SystemEvent(.noted, text(), at: cell.node.now))
    }
}

/// Why a request of `SystemControl` could not be served, although the process answered.
public struct SystemCallError: Error, CustomStringConvertible {
    /// What went wrong.
    public enum Code: Sendable {
        /// The function that was to be run in the process threw. Erlang: `{callback_failed, …}`.
        case callbackFailed(any Error)
        /// The state is of another type.
        case wrongType(expected: String, found: String)
        /// The process has no state that it lets others see.
        case noState
    }

    /// What went wrong.
    public let code: Code

    init(_ code: Code) { self.code = code }

    public var description: String {
        switch code {
        case .callbackFailed(let error): "the function threw \(error); the process goes on as before"
        case .wrongType(let expected, let found): "the state is of type \(expected), not \(found)"
        case .noState: "the process has no state that it lets others see"
        }
    }
}
