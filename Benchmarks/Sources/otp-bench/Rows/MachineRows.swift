import OTP

let machineWorks: [String: Work] = [
    "toggle": { try await toggles(Door.self, rearming: false, $0) },
    "toggle/sync": { try await toggles(SynchronousDoor.self, rearming: false, $0) },
    "toggle-timeout": { try await toggles(Door.self, rearming: true, $0) },
    "toggle-timeout/sync": { try await toggles(SynchronousDoor.self, rearming: true, $0) },
    "toggle-postpone": postponing,
]

private enum DoorState: Sendable { case closed, open }
private enum DoorCall: Sendable { case toggle(Reply<Int>) }
private enum DoorTimeout: Sendable { case tooLong }

/// A door that each call opens or closes.
private protocol Toggling: GenStateMachine where State == DoorState, Call == DoorCall, Timeout == DoorTimeout {
    init(rearming: Bool)
    /// Whether every event sets the state timeout anew.
    var isRearming: Bool { get }
    var count: Int { get set }
}

extension Toggling {
    var initialState: DoorState { .closed }

    mutating func handleEvent(_ event: StateEvent, in state: DoorState, _ me: Me) -> Transition {
        switch event {
        case .call(.toggle(let reply)):
            count += 1
            let other: DoorState = state == .open ? .closed : .open
            if isRearming {
                return .next(other, .reply(reply, count), .stateTimeout(.seconds(60), .tooLong))
            }
            return .next(other, .reply(reply, count))
        case .timeout(.tooLong):
            return .stop
        case .cast, .info, .internal:
            return .unexpected
        }
    }
}

private struct Door: Toggling {
    let isRearming: Bool
    var count = 0

    init(rearming: Bool) { isRearming = rearming }
}

private struct SynchronousDoor: Toggling, SynchronousGenStateMachine {
    let isRearming: Bool
    var count = 0

    init(rearming: Bool) { isRearming = rearming }
}

private func toggles<M: Toggling>(_ type: M.Type, rearming: Bool, _ count: Int) async throws -> Timing {
    let door = try await M.start { M(rearming: rearming) }
    let time = try await inProcess { _ in
        let start = ContinuousClock.now
        for expected in 1...count { try check(try await door.call { .toggle($0) }, expected) }
        return ContinuousClock.now - start
    }
    try await door.stop()
    return Timing(count, time)
}

/// Serves only while it is open, and postpones who comes before.
private struct Counterpart: GenStateMachine {
    enum State: Sendable { case closed, open }
    enum Call: Sendable { case served(Reply<Int>) }
    enum Cast: Sendable { case customer, open, close }

    let initialState = State.closed
    private var served = 0

    mutating func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition {
        switch (state, event) {
        case (.closed, .cast(.customer)):
            return .postpone
        case (.open, .cast(.customer)):
            served += 1
            return .keep
        case (_, .cast(.open)):
            return .next(.open)
        case (_, .cast(.close)):
            return .next(.closed)
        case (_, .call(.served(let reply))):
            return reply(served)
        }
    }
}

/// A cycle: somebody comes who has to wait, it opens, it closes. Until all cycles are over.
@Sendable private func postponing(_ count: Int) async throws -> Timing {
    let machine = try await Counterpart.start { Counterpart() }
    let time = try await inProcess { _ in
        let start = ContinuousClock.now
        for _ in 0..<count {
            machine.cast(.customer)
            machine.cast(.open)
            machine.cast(.close)
        }
        try check(try await machine.call(timeout: .seconds(60)) { .served($0) }, count)
        return ContinuousClock.now - start
    }
    try await machine.stop()
    return Timing(count, time)
}
