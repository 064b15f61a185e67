import OTP
import OTPTestKit
import Testing

@Suite struct MachineTimeoutTests {
    /// Plays a scenario with a machine whose timeouts are noted with the time that has passed.
    private static func timed(
        onTimeout: @escaping @Sendable (Told.State, Told.Timeout) -> MachineTransition<Told> = { _, _ in .keep },
        _ scenario: @escaping @Sendable (PlainProcess<Notice>, ServerRef<Told>, SceneLog) async throws -> Void
    ) throws -> [String] {
        try played { me, journal in
            let begun = me.node.now
            let node = me.node
            let machine = try await Told.start {
                Told(
                    journal,
                    onTimeout: { state, timeout in
                        journal.note("after \(node.now - begun)")
                        return onTimeout(state, timeout)
                    })
            }
            try await scenario(me, machine, journal)
        }
    }

    @Test("SM-026 SM-082 timeouts at a point in time, past ones too, and after a while; zero comes at once")
    func absolute() throws {
        let lines = try Self.timed { me, machine, journal in
            let now = me.node.now
            machine.tell("event") { _, _ in .keep(.eventTimeout(at: now + .seconds(2), .say("event"))) }
            try await me.sleep(for: .seconds(3))
            machine.tell("named") { _, _ in
                .keep(
                    .timeout(at: now + .seconds(5), .say("at five"), name: .one),
                    .timeout(.seconds(1), .say("in one"), name: .two), .stateTimeout(at: now, .say("past")))
            }
            try await me.sleep(for: .seconds(4))
            machine.tell("zero") { _, _ in .keep(.timeout(.zero, .say("zero"), name: .one)) }
            _ = try await machine.state()
        }
        #expect(
            lines == [
                "idle: cast event", "idle: timeout event", "after 2.0 seconds", "idle: cast named",
                "idle: timeout past", "after 3.0 seconds", "idle: timeout in one", "after 4.0 seconds",
                "idle: timeout at five", "after 5.0 seconds", "idle: cast zero", "idle: timeout zero",
                "after 7.0 seconds",
            ])
    }

    @Test("SM-027 a timeout may be postponed; its retry is an event and cancels the event timeout just set")
    func postponedTimeout() throws {
        let lines = try Self.timed(onTimeout: { state, _ in state == .idle ? .postpone : .keep }) { me, machine, _ in
            machine.tell("set") { _, _ in .keep(.stateTimeout(.seconds(1), .say("early"))) }
            try await me.sleep(for: .seconds(2))
            machine.tell("go") { _, _ in .next(.busy, .eventTimeout(.seconds(1), .say("never"))) }
            try await me.sleep(for: .seconds(5))
        }
        #expect(
            lines == [
                "idle: cast set", "idle: timeout early", "after 1.0 seconds", "idle: cast go", "busy: timeout early",
                "after 2.0 seconds",
            ])
    }

    @Test("SM-069 a change of state cancels state and event timeout of the old state")
    func cancelledByChange() throws {
        let lines = try Self.timed { me, machine, journal in
            machine.tell("set") { _, _ in
                .keep(.stateTimeout(.seconds(1), .say("state")), .eventTimeout(.seconds(1), .say("event")))
            }
            machine.tell("go") { _, _ in .next(.busy) }
            try await me.sleep(for: .seconds(5))
            journal.note("\(try await SystemControl.machineStatus(of: machine).timeouts)")
        }
        #expect(lines == ["idle: cast set", "idle: cast go", "[]"])
    }

    @Test("SM-070 SM-072 timeouts of zero come in their order, behind inserted events and before those from outside")
    func zeroOrder() throws {
        let lines = try Self.timed { me, machine, journal in
            machine.tell("set") { _, _ in
                .next(
                    .busy, .timeout(.zero, .say("one"), name: .one), .stateTimeout(.zero, .say("state")),
                    .timeout(.zero, .say("two"), name: .two), .insert("inserted"))
            }
            machine.tell("outside")
            _ = try await machine.state()
        }
        #expect(
            lines.filter { !$0.hasPrefix("after") } == [
                "idle: cast set", "busy: internal inserted", "busy: timeout one", "busy: timeout state",
                "busy: timeout two", "busy: cast outside",
            ])
    }

    @Test("SM-071 an event timeout of zero behind a state timeout of zero is cancelled: the state timeout is an event")
    func zeroCancelsZero() throws {
        let lines = try Self.timed { me, machine, journal in
            machine.tell("set") { _, _ in
                .next(.busy, .stateTimeout(.zero, .say("state")), .eventTimeout(.zero, .say("never")))
            }
            try await me.sleep(for: .seconds(1))
        }
        #expect(lines == ["idle: cast set", "busy: timeout state", "after 0.0 seconds"])
    }

    @Test("SM-074 a state timeout is not cancelled by events and comes in its time; an event timeout is cancelled")
    func eventsMeanwhile() throws {
        let lines = try Self.timed { me, machine, journal in
            machine.tell("set") { _, _ in
                .keep(.stateTimeout(.seconds(5), .say("state")), .eventTimeout(.seconds(2), .say("never")))
            }
            for _ in 1...3 {
                try await me.sleep(for: .seconds(1))
                machine.tell("event")
            }
            try await me.sleep(for: .seconds(10))
        }
        #expect(
            lines == [
                "idle: cast set", "idle: cast event", "idle: cast event", "idle: cast event", "idle: timeout state",
                "after 5.0 seconds",
            ])
    }

    @Test("SM-075 a running timeout can be cancelled; cancelling one that does not run does nothing")
    func cancel() throws {
        let lines = try Self.timed { me, machine, journal in
            machine.tell("set") { _, _ in
                .keep(.stateTimeout(.seconds(1), .say("state")), .timeout(.seconds(1), .say("named"), name: .one))
            }
            machine.tell("cancel") { _, _ in
                .keep(.cancelStateTimeout, .cancelEventTimeout, .cancelTimeout(.one), .cancelTimeout(.two))
            }
            try await me.sleep(for: .seconds(5))
            journal.note("\(machine.isAlive)")
        }
        #expect(lines == ["idle: cast set", "idle: cast cancel", "true"])
    }

    @Test("SM-076 what a running timeout says can be changed, and it comes in its time; without one it comes at once")
    func update() throws {
        let lines = try Self.timed { me, machine, journal in
            machine.tell("set") { _, _ in .keep(.timeout(.seconds(3), .say("old"), name: .one)) }
            try await me.sleep(for: .seconds(1))
            machine.tell("update") { _, _ in .keep(.updateTimeout(.say("new"), name: .one)) }
            try await me.sleep(for: .seconds(5))
            machine.tell("none") { _, _ in .keep(.updateStateTimeout(.say("at once"))) }
            _ = try await machine.state()
        }
        #expect(
            lines == [
                "idle: cast set", "idle: cast update", "idle: timeout new", "after 3.0 seconds", "idle: cast none",
                "idle: timeout at once", "after 6.0 seconds",
            ])
    }

    @Test("SM-077 a state timeout that came due while the handler was busy comes with what it was changed to meanwhile")
    func updateWhileBusy() throws {
        let lines = try Self.timed { me, machine, journal in
            machine.tell("set") { _, _ in .keep(.stateTimeout(.seconds(1), .say("old"))) }
            let latch = Latch()
            let asked: RequestID<String> = machine.sendRequest { .wait(latch, $0) }
            machine.tell("update") { _, _ in .keep(.updateStateTimeout(.say("new"))) }
            try await me.sleep(for: .seconds(2))
            machine.tell("behind")
            latch.open()
            journal.note(SceneLog.short(try await asked.wait()))
            _ = try await machine.state()
        }
        #expect(
            lines.filter { $0 != "reply waited" } == [
                "idle: cast set", "idle: cast update", "idle: timeout new", "after 2.0 seconds", "idle: cast behind",
            ])
    }

    @Test("SM-079 the status lists every timeout that runs, with its kind and what it says")
    func status() throws {
        let lines = try Self.timed { me, machine, journal in
            machine.tell("set") { _, _ in
                .keep(
                    .stateTimeout(.seconds(9), .say("a")), .eventTimeout(.seconds(9), .say("b")),
                    .timeout(.seconds(9), .say("c"), name: .one))
            }
            let timeouts = try await SystemControl.machineStatus(of: machine).timeouts
            journal.note("\(timeouts.count)")
            for timeout in timeouts { journal.note("\(timeout)") }
        }
        #expect(
            lines == [
                "idle: cast set", "3", #"state timeout: say("a")"#, #"event timeout: say("b")"#,
                #"timeout one: say("c")"#,
            ])
    }

    @Test("SM-080 named timeouts run side by side and through changes of state")
    func named() throws {
        let lines = try Self.timed { me, machine, journal in
            machine.tell("set") { _, _ in
                .next(
                    .busy, .timeout(.seconds(2), .say("two"), name: .two),
                    .timeout(.seconds(1), .say("one"), name: .one))
            }
            machine.tell("go") { _, _ in .next(.done) }
            try await me.sleep(for: .seconds(5))
        }
        #expect(
            lines == [
                "idle: cast set", "busy: cast go", "done: timeout one", "after 1.0 seconds", "done: timeout two",
                "after 2.0 seconds",
            ])
    }

    @Test("SM-081 a named timeout set again runs anew; set to never it is cancelled; the last of one list counts")
    func setAgain() throws {
        let lines = try Self.timed { me, machine, journal in
            machine.tell("set") { _, _ in
                .keep(.timeout(.seconds(1), .say("first"), name: .one), .timeout(.seconds(1), .say("two"), name: .two))
            }
            machine.tell("again") { _, _ in
                .keep(
                    .timeout(.zero, .say("not this"), name: .one), .timeout(.seconds(3), .say("second"), name: .one),
                    .timeout(nil, .say("never"), name: .two))
            }
            try await me.sleep(for: .seconds(10))
        }
        #expect(lines == ["idle: cast set", "idle: cast again", "idle: timeout second", "after 3.0 seconds"])
    }

    @Test("SM-084 a named timeout may stand for a call that waits, which is answered when it comes")
    func answersCall() throws {
        let lines = try Self.timed { me, machine, journal in
            let before = me.node.now
            await journal.note { try await machine.call { .later(.seconds(2), $0) } }
            journal.note("after \(me.node.now - before)")
        }
        #expect(lines == ["later", "after 2.0 seconds"])
    }

    @Test("a timeout that was cancelled or set anew while it waited in the mailbox does not come")
    func staleTimeout() throws {
        let lines = try Self.timed { me, machine, journal in
            machine.tell("set") { _, _ in
                .keep(.stateTimeout(.seconds(1), .say("a")), .timeout(.seconds(1), .say("b"), name: .one))
            }
            let latch = Latch()
            let asked: RequestID<String> = machine.sendRequest { .wait(latch, $0) }
            machine.tell("change") { _, _ in
                .keep(.cancelStateTimeout, .timeout(.seconds(1), .say("again"), name: .one))
            }
            try await me.sleep(for: .seconds(2))
            latch.open()
            journal.note(SceneLog.short(try await asked.wait()))
            try await me.sleep(for: .seconds(5))
        }
        #expect(
            lines.filter { $0 != "reply waited" } == [
                "idle: cast set", "idle: cast change", "idle: timeout again", "after 3.0 seconds",
            ])
    }
}
