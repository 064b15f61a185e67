/// One child of a supervisor at one instant. Erlang: an element of `which_children`.
public struct ChildStatus: Sendable {
    /// What a child is doing, as its supervisor sees it.
    public enum Phase: Sendable, Hashable {
        /// Its `init` has not returned yet.
        case starting
        /// It runs.
        case running(PID)
        /// It has failed and is to be started again. Erlang: `restarting`.
        case restarting
        /// It was asked to end and has not yet.
        case stopping
        /// It does not run: ended on request, or for the sake of a sibling that is being restarted.
        /// Erlang: `undefined`.
        case stopped
        /// Its `init` declined with `StartSignal.ignore`. Erlang: `undefined`.
        case ignored
        /// It ended of its own accord and is not started again. Erlang: `undefined`, or not listed at all.
        case goneByChoice
    }

    /// Its name among its siblings.
    public let id: ChildID
    /// Worker or supervisor.
    public let kind: ChildSpec.Kind
    /// What it is doing.
    public let phase: Phase
    /// When it is started again.
    public let restart: Restart
    /// How often its own failures made the supervisor start it again, failed attempts included.
    public let restarts: Int
    /// Why it ended last, if it ever has.
    public let lastExit: ExitReason?

    /// The process, when it runs.
    public var pid: PID? {
        if case .running(let pid) = phase { pid } else { nil }
    }
}
