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
