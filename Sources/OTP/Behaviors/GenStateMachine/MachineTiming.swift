/// Which timeout is meant.
@usableFromInline enum MachineTimer<Machine: GenStateMachine>: Equatable, Sendable {
    /// Cancelled by a change of state.
    case state
    /// Cancelled by any event.
    case event
    /// Cancelled by nothing but an action.
    case named(Machine.TimerName)
}

/// When a timeout comes.
@usableFromInline enum TimeoutPoint: Sendable, Equatable {
    /// So long after the transition.
    case after(Duration)
    /// At this time of the node's clock.
    case at(Duration)
}

/// What is to become of one timeout: made by the functions of ``MachineTiming``.
public struct MachineTimeoutChange<Machine: GenStateMachine>: Sendable {
    @usableFromInline enum What: Sendable {
        case start(TimeoutPoint, Machine.Timeout)
        case update(Machine.Timeout)
        case cancel
    }
    @usableFromInline let timer: MachineTimer<Machine>
    @usableFromInline let what: What

    @inlinable init(_ timer: MachineTimer<Machine>, _ what: What) {
        self.timer = timer
        self.what = what
    }

    @inlinable init(_ timer: MachineTimer<Machine>, _ delay: Duration?, _ timeout: Machine.Timeout) {
        self.timer = timer
        what = delay.map { .start(.after($0), timeout) } ?? .cancel
    }
}

/// Whatever may stand where a change of a timeout may: the actions of transitions and of enter calls.
///
/// Delays: one of zero or less comes as soon as nothing inserted or retried is left, before anything in the mailbox; nil
/// means never, and cancels. Points of time are as `me.node.now` tells them. Setting a timeout of a kind or name that
/// runs replaces it; of several changes of one timeout in one list the last counts.
public protocol MachineTiming<Machine>: MachineReplying {
    /// Whose timeouts.
    associatedtype Machine: GenStateMachine
    /// This change of a timeout. Not to be called outside the library.
    init(_change: MachineTimeoutChange<Machine>)
    /// Waits for the next event with as little memory as possible. Erlang: `hibernate`.
    static var hibernate: Self { get }
}

extension MachineTiming {
    // MARK: state timeouts

    /// A timeout that is cancelled by a change of state. Erlang: `{state_timeout, Time, Content}`.
    @inlinable public static func stateTimeout(_ delay: Duration?, _ timeout: Machine.Timeout) -> Self {
        change(.init(.state, delay, timeout))
    }

    /// The same at a point in time. Erlang: `{state_timeout, Time, Content, [{abs, true}]}`.
    @inlinable public static func stateTimeout(at point: Duration, _ timeout: Machine.Timeout) -> Self {
        change(.init(.state, .start(.at(point), timeout)))
    }

    /// Changes what the running state timeout says; without one it comes at once. Erlang: `{state_timeout, update, _}`.
    @inlinable public static func updateStateTimeout(_ timeout: Machine.Timeout) -> Self {
        change(.init(.state, .update(timeout)))
    }

    /// Cancels the state timeout, if one runs. Erlang: `{state_timeout, cancel}`.
    @inlinable public static var cancelStateTimeout: Self { change(.init(.state, .cancel)) }

    // MARK: event timeouts

    /// A timeout that is cancelled by any event. Erlang: `{timeout, Time, Content}`.
    @inlinable public static func eventTimeout(_ delay: Duration?, _ timeout: Machine.Timeout) -> Self {
        change(.init(.event, delay, timeout))
    }

    /// The same at a point in time. Erlang: `{timeout, Time, Content, [{abs, true}]}`.
    @inlinable public static func eventTimeout(at point: Duration, _ timeout: Machine.Timeout) -> Self {
        change(.init(.event, .start(.at(point), timeout)))
    }

    /// Sets an event timeout that comes at once: the one that ran has been cancelled by the event whose transition this
    /// is. Erlang: `{timeout, update, _}`.
    @inlinable public static func updateEventTimeout(_ timeout: Machine.Timeout) -> Self {
        change(.init(.event, .update(timeout)))
    }

    /// Cancels the event timeout, if one runs. Erlang: `{timeout, cancel}`.
    @inlinable public static var cancelEventTimeout: Self { change(.init(.event, .cancel)) }

    // MARK: named timeouts

    /// A timeout that runs on through states and events, one for each name. Erlang: `{{timeout, Name}, Time, Content}`.
    @inlinable public static func timeout(
        _ delay: Duration?, _ timeout: Machine.Timeout, name: Machine.TimerName
    ) -> Self {
        change(.init(.named(name), delay, timeout))
    }

    /// The same at a point in time. Erlang: `{{timeout, Name}, Time, Content, [{abs, true}]}`.
    @inlinable public static func timeout(
        at point: Duration, _ timeout: Machine.Timeout, name: Machine.TimerName
    ) -> Self {
        change(.init(.named(name), .start(.at(point), timeout)))
    }

    /// Changes what a running timeout says; without one it comes at once. Erlang: `{{timeout, Name}, update, _}`.
    @inlinable public static func updateTimeout(_ timeout: Machine.Timeout, name: Machine.TimerName) -> Self {
        change(.init(.named(name), .update(timeout)))
    }

    /// Cancels a timeout, if it runs. Erlang: `{{timeout, Name}, cancel}`.
    @inlinable public static func cancelTimeout(_ name: Machine.TimerName) -> Self {
        change(.init(.named(name), .cancel))
    }

    @inlinable static func change(_ change: MachineTimeoutChange<Machine>) -> Self { Self(_change: change) }
}

extension MachineTiming where Machine.TimerName == Machine.Timeout {
    /// A timeout that runs on through states and events, named by what it says.
    @inlinable public static func timeout(_ delay: Duration?, _ timeout: Machine.Timeout) -> Self {
        change(.init(.named(timeout), delay, timeout))
    }

    /// The same at a point in time.
    @inlinable public static func timeout(at point: Duration, _ timeout: Machine.Timeout) -> Self {
        change(.init(.named(timeout), .start(.at(point), timeout)))
    }
}

extension MachineTimeoutChange: CustomStringConvertible {
    public var description: String {
        let kind =
            switch timer {
            case .state: "stateTimeout"
            case .event: "eventTimeout"
            case .named(let name): "timeout \(name)"
            }
        return switch what {
        case .start(.after(let delay), let timeout): "\(kind)(\(timeout), after: \(delay))"
        case .start(.at(let point), let timeout): "\(kind)(\(timeout), at: \(point))"
        case .update(let timeout): "\(kind)(update: \(timeout))"
        case .cancel: "\(kind)(cancel)"
        }
    }
}
