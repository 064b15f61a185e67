/// Why something could not be done with an application. Erlang: `{error, Reason}` of `application`.
public struct ApplicationError: Error, Sendable {
    /// What was wrong.
    public enum Code: Sendable {
        /// It runs already. Erlang: `{already_started, Name}`.
        case alreadyStarted
        /// It does not run. Erlang: `{not_started, Name}`.
        case notStarted
        /// What it depends on has not been started. Erlang: `{not_started, Dependency}`.
        case dependencyNotStarted(ApplicationID)
        /// What it depends on was started and has ended. Erlang: `{not_running, Dependency}`.
        case dependencyNotRunning(ApplicationID)
        /// Applications that depend on each other, the first one named again at the end.
        case cycle([ApplicationID])
        /// Its `init`, `start`, tree or a start phase failed. Erlang: `{Reason, {Module, start, Arguments}}`.
        case failedToStart(any Error)
        /// All applications are being stopped.
        case shuttingDown
        /// It ended, and by its type that ended all others.
        case ended(ExitReason, (any Error)?)
        /// It is loaded already. Erlang: `{already_loaded, Name}`.
        case alreadyLoaded
        /// It is not loaded. Erlang: `{not_loaded, Name}`.
        case notLoaded
        /// It cannot be unloaded while it runs. Erlang: `{running, Name}`.
        case running
        /// It has no setting of this name. Elixir: an `ArgumentError` of `fetch_env!/2`.
        case unset(String)
        /// The setting of this name has a value of another type.
        case wrongType(String, found: String, expected: String)
        /// It declares a setting of this name that is one of another application's.
        case foreignSetting(String, of: ApplicationID)
        /// Two settings of one list are for the same key. Erlang: `badarg` of `set_env/1`.
        case duplicateSetting(String)
    }

    /// What was wrong.
    public let code: Code
    /// Which application it was about.
    public let application: ApplicationID

    /// Public for tests of code that handles such errors.
    public init(_ code: Code, _ application: ApplicationID) {
        self.code = code
        self.application = application
    }
}

extension ApplicationError: CustomStringConvertible {
    public var description: String {
        let what = "application \(application)"
        return switch code {
        case .alreadyStarted: "\(what) runs already"
        case .notStarted: "\(what) has not been started"
        case .dependencyNotStarted(let other): "\(what) needs \(other), which has not been started"
        case .dependencyNotRunning(let other): "\(what) needs \(other), which has ended"
        case .cycle(let cycle):
            "\(what) cannot be started: \(cycle.map(\.description).joined(separator: " needs ")) "
                + "and none can be the first"
        case .failedToStart(let error): "\(what) failed to start: \(error)"
        case .shuttingDown: "\(what) is not started while all applications are being stopped"
        case .ended(let reason, let error): "\(what) ended: \(error.map { "\($0)" } ?? "\(reason)")"
        case .alreadyLoaded: "\(what) is loaded already"
        case .notLoaded: "\(what) is not loaded"
        case .running: "\(what) runs: stop it first"
        case .unset(let key): "\(what) is loaded, but has no setting \"\(key)\""
        case .wrongType(let key, let found, let expected):
            "the setting \"\(key)\" of \(what) is a \(found): expected a \(expected)"
        case .foreignSetting(let key, let other):
            "\(what) declares the setting \"\(key)\" of \(other): set it by the configuration"
        case .duplicateSetting(let key): "the setting \"\(key)\" of \(what) is given twice"
        }
    }
}
