/// The timeouts of a machine: which run, what they say, and those of zero that come next.
///
/// Pure: starting and cancelling real timers are effects. A timer that comes is recognised by its number, so that one
/// that was cancelled or replaced while it came is nothing.
@usableFromInline struct MachineTimers<Machine: GenStateMachine> {
    @usableFromInline typealias Timer = MachineTimer<Machine>

    /// A timeout that runs.
    @usableFromInline struct Running {
        /// The number of its timer; 0: it is one of zero and stands in `zero`.
        @usableFromInline let number: UInt64
        @usableFromInline var content: Machine.Timeout

        @inlinable init(number: UInt64, content: Machine.Timeout) {
            self.number = number
            self.content = content
        }
    }

    @usableFromInline var state: Running?
    @usableFromInline var event: Running?
    @usableFromInline var named: [(name: Machine.TimerName, running: Running)] = []
    /// Timeouts of zero in the order in which they come.
    @usableFromInline var zero: [Timer] = []
    @usableFromInline var lastNumber: UInt64 = 0

    @inlinable init() {}

    @inlinable subscript(timer: Timer) -> Running? {
        get {
            switch timer {
            case .state: state
            case .event: event
            case .named(let name): named.first { $0.name == name }?.running
            }
        }
        set {
            switch timer {
            case .state: state = newValue
            case .event: event = newValue
            case .named(let name):
                let index = named.firstIndex { $0.name == name }
                switch (index, newValue) {
                case (let index?, let running?): named[index].running = running
                case (let index?, nil): named.remove(at: index)
                case (nil, let running?): named.append((name, running))
                case (nil, nil): break
                }
            }
        }
    }

    /// What the first timeout of zero says; it is over.
    @inlinable mutating func takeZero() -> Machine.Timeout? {
        guard !zero.isEmpty else { return nil }
        let timer = zero.removeFirst()
        defer { self[timer] = nil }
        return self[timer]?.content
    }

    /// What the timeout with this timer says; it is over. Nil if it has been cancelled or replaced.
    @inlinable mutating func take(_ number: UInt64) -> Machine.Timeout? {
        if let running = state, running.number == number {
            state = nil
            return running.content
        }
        if let running = event, running.number == number {
            event = nil
            return running.content
        }
        guard let index = named.firstIndex(where: { $0.running.number == number }) else { return nil }
        return named.remove(at: index).running.content
    }

    /// Nothing more of this timeout comes.
    @inlinable mutating func cancel(_ timer: Timer, _ effects: inout MachineEffects<Machine>) {
        guard let running = self[timer] else { return }
        if running.number == 0 {
            zero.removeAll { $0 == timer }
        } else {
            effects.append(.cancel(running.number))
        }
        self[timer] = nil
    }

    /// What a transition's list of actions asks for: of several changes of one timeout the last counts.
    @inlinable mutating func perform(
        _ changes: [MachineTimeoutChange<Machine>], _ effects: inout MachineEffects<Machine>
    ) {
        for (index, change) in changes.enumerated() {
            let isLast = !changes[(index + 1)...].contains { $0.timer == change.timer }
            if isLast { perform(change, &effects) }
        }
    }

    @inlinable mutating func perform(
        _ change: MachineTimeoutChange<Machine>, _ effects: inout MachineEffects<Machine>
    ) {
        switch change.what {
        case .cancel:
            cancel(change.timer, &effects)
        case .update(let content):
            if self[change.timer] != nil {
                self[change.timer]?.content = content
            } else {
                self[change.timer] = Running(number: 0, content: content)
                zero.append(change.timer)
            }
        case .start(let point, let content):
            cancel(change.timer, &effects)
            if case .after(let delay) = point, delay <= .zero {
                self[change.timer] = Running(number: 0, content: content)
                zero.append(change.timer)
            } else {
                lastNumber += 1
                effects.appendStart(lastNumber, point)
                self[change.timer] = Running(number: lastNumber, content: content)
            }
        }
    }

    /// Every timeout that runs, as reports show it.
    var all: [MachineStatus.Timeout] {
        var all: [MachineStatus.Timeout] = []
        if let state { all.append(.init(kind: "state timeout", content: "\(state.content)")) }
        if let event { all.append(.init(kind: "event timeout", content: "\(event.content)")) }
        for (name, running) in named { all.append(.init(kind: "timeout \(name)", content: "\(running.content)")) }
        return all
    }
}
