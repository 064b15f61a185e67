import OTP
import OTPTestKit
import Testing

/// What logs, traces and reports tell of a machine, and what it can keep to itself.
@Suite struct MachineLogTests {
    @Test("a machine, synchronous or not, can hide its answers in its log, in traces and in its crash report")
    func answersHidden() throws {
        func look<Safe: Vault>(at type: Safe.Type) throws -> [String] {
            try played { me, journal in
                me.node.onReport { if case .crash(let crash) = $0 { journal.note("\(crash)") } }
                let vault = try await Safe.start(options: ServerOptions(debug: [.log()])) { Safe() }
                try await SystemControl.startTrace(of: vault, to: EventSink { journal.note($0) })
                _ = try await vault.call { .token($0) }
                for event in try await SystemControl.log(of: vault) ?? [] { journal.note("\(event)") }
                _ = try? await vault.call { .fail($0) }
                _ = await vault.waitForEnd()
            }
        }
        for lines in [try look(at: SlowVault.self), try look(at: QuickVault.self)] {
            #expect(lines.filter { $0.contains("sent an answer") }.count == 3)
            #expect(!lines.contains { $0.contains("s3cret") })
        }
    }

    @Test("a state that formatStatus hides is hidden where an event is refused: in the report and in the call's error")
    func refusedState() throws {
        let lines = try played { me, journal in
            me.node.onReport {
                if case .other(let report) = $0 { journal.note("\(report) \(report.metadata["otp.state"]!)") }
            }
            let machine = try await Session.start { Session() }
            machine.cast(.begin)
            machine.cast(.odd)
            await journal.note { try await machine.call { .odd($0) } }
        }
        #expect(lines.count == 2 && lines[0].hasSuffix("does not belong in state asking asking"))
        #expect(lines.last == #"unexpected(state: "asking")"#)
    }
}

/// Has a state that nobody is to see.
private struct Session: GenStateMachine {
    enum State: Equatable, Sendable { case idle, asking(token: String) }
    enum Cast: Sendable { case begin, odd }
    enum Call: Sendable { case odd(Reply<Int>) }

    let initialState = State.idle

    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition {
        switch event {
        case .cast(.begin): .next(.asking(token: "s3cret"))
        case .cast(.odd), .call: .unexpected
        }
    }
    func formatStatus(_ status: inout MachineStatus, in state: State) { status.state = "asking" }
}

/// Answers with what nobody else is to see.
private protocol Vault: GenStateMachine where Call == VaultCall {
    init()
}

private enum VaultCall: Sendable { case token(Reply<String>), fail(Reply<String>) }

extension Vault {
    static func formatEvent(_ event: SystemEvent) -> SystemEvent {
        var event = event
        if event.kind == .sent { event.text = "an answer" }
        return event
    }
}

private struct SlowVault: Vault {
    typealias Call = VaultCall
    enum State: Sendable { case on }
    let initialState = State.on

    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) async throws -> Transition {
        switch event {
        case .call(.token(let reply)): return reply("s3cret")
        case .call(.fail): throw Broken()
        }
    }
}

private struct QuickVault: Vault, SynchronousGenStateMachine {
    typealias Call = VaultCall
    enum State: Sendable { case on }
    let initialState = State.on

    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) throws -> Transition {
        switch event {
        case .call(.token(let reply)): return reply("s3cret")
        case .call(.fail): throw Broken()
        }
    }
}
