import OTP
import Testing

/// A machine that is told when its timeouts are to come, and notes when they do.
private struct Sleeper: GenStateMachine {
    enum State: Sendable { case awake, dozing }
    enum Cast: Sendable {
        /// A state timeout, and a named one, with what it says; nil for none.
        case set(Duration?, named: Duration?, Int = 0)
        case bell(Duration)
        case clock(Duration)
        /// Into the other state, which cancels the first.
        case turn
    }
    enum Timeout: Hashable, Sendable { case bell, clock(Int) }
    enum TimerName: Hashable, Sendable { case clock }

    let initialState = State.awake
    let rings: @Sendable (Timeout) -> Void

    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition {
        switch event {
        case .cast(.set(let bell, let clock, let number)):
            return .keep(.stateTimeout(bell, .bell), .timeout(clock, .clock(number), name: .clock))
        case .cast(.bell(let bell)): return .keep(.stateTimeout(bell, .bell))
        case .cast(.clock(let clock)): return .keep(.timeout(clock, .clock(0), name: .clock))
        case .cast(.turn): return .next(state == .awake ? .dozing : .awake)
        case .timeout(let timeout):
            rings(timeout)
            return .keep
        }
    }
}

/// The alarms behind timeouts are set again and again; their entries in the queue are not.
@Suite struct MachineAlarmTests {
    /// What rang when, in seconds since the beginning.
    private func rung(
        _ scenario:
            @escaping @Sendable (PlainProcess<Notice>, (String) async throws -> ServerRef<Sleeper>) async throws
            -> Void
    ) throws -> [String] {
        try played { me, journal in
            let node = me.node
            let begun = node.now
            try await scenario(me) { name in
                try await Sleeper.start {
                    Sleeper { timeout in journal.note("\(name) \(timeout) at \(node.now - begun)") }
                }
            }
        }
    }

    @Test("Set later, it comes at the last time only; set earlier, at the earlier one; cancelled, never")
    func setAgain() throws {
        let lines = try rung { me, start in
            let a = try await start("a")
            for _ in 0..<5 {
                a.cast(.set(.seconds(10), named: .seconds(60)))
                try await me.sleep(for: .seconds(4))
            }
            a.cast(.set(.seconds(1), named: nil))
            try await me.sleep(for: .seconds(100))
            a.cast(.set(.seconds(10), named: .seconds(5)))
            a.cast(.turn)
            try await me.sleep(for: .seconds(2))
            a.cast(.set(.seconds(20), named: .seconds(1)))
            try await me.sleep(for: .seconds(100))
        }
        #expect(
            lines == [
                "a bell at 21.0 seconds", "a clock(0) at 123.0 seconds", "a bell at 142.0 seconds",
            ])
    }

    @Test("Alarms that are due at the same time come in the order in which they were last set") func order() throws {
        let lines = try rung { me, start in
            let a = try await start("a")
            a.cast(.clock(.seconds(10)))
            a.cast(.bell(.seconds(10)))
            try await me.sleep(for: .seconds(5))
            a.cast(.bell(.seconds(15)))
            try await me.sleep(for: .seconds(2))
            a.cast(.clock(.seconds(13)))
            try await me.sleep(for: .seconds(100))
        }
        #expect(lines == ["a bell at 20.0 seconds", "a clock(0) at 20.0 seconds"])
    }

    @Test("None is lost, however they are set while others come", .timeLimit(.minutes(1)))
    func noneLost() async throws {
        let (rings, ring) = AsyncStream.makeStream(of: Sleeper.Timeout.self)
        let sleepers = try await withThrowingTaskGroup(of: ServerRef<Sleeper>.self) { group in
            for _ in 0..<4 { group.addTask { try await Sleeper.start { Sleeper { ring.yield($0) } } } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        var random = SystemRandomNumberGenerator()
        for round in 0..<500 {
            for sleeper in sleepers {
                for _ in 0..<Int.random(in: 0...3, using: &random) {
                    let far = Duration.microseconds(Int.random(in: 1...2_000, using: &random))
                    sleeper.cast(.set(far, named: far * 2))
                    if round.isMultiple(of: 3) { sleeper.cast(.turn) }
                }
                // Whatever came before: this clock rings.
                sleeper.cast(.set(nil, named: .microseconds(Int.random(in: 1...300, using: &random)), round + 1))
            }
            var clocks = 0
            for await timeout in rings where timeout == .clock(round + 1) {
                clocks += 1
                if clocks == sleepers.count { break }
            }
        }
        for sleeper in sleepers { try await sleeper.stop() }
    }
}
