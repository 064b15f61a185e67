import Synchronization
import Testing

@testable import OTP

/// Machines whose calls are handled on the threads of their callers.
@Suite(.timeLimit(.minutes(2))) struct SynchronousMachineTests {
    @TaskLocal static var mark = 0

    @Test("an idle machine handles a call, and its enter call, on the caller's thread, as itself")
    func inline() async throws {
        let journal = SceneLog()
        try await inProcessOfOneWorker { _ in
            try await Self.$mark.withValue(7) {
                let machine = try await Prompt.start { Prompt(journal) }
                let text = try await machine.ask("go") { _, _, reply, me in
                    journal.note("itself \(CurrentProcess.cell?.pid == me.pid), mark \(Self.mark)")
                    return .next(.busy, .reply(reply, "going"))
                }
                journal.note("\(text), mark \(Self.mark), idle \(machine.cell.mailbox.isIdle)")
                try await machine.stop()
            }
        }
        #expect(
            journal.lines == [
                "idle: go, inline true", "itself true, mark 0", "idle>busy, inline true", "going, mark 7, idle true",
                "busy ends: normal",
            ])
    }

    @Test("an enter call that is async in spite of the promise is waited for in a turn of its own, each time")
    func asyncEnter() async throws {
        let journal = SceneLog()
        try await inProcessOfOneWorker { me in
            let machine = try await Breaching.start { Breaching(journal: journal) }
            for count in 1...2 {
                while !machine.cell.mailbox.isIdle { try await me.yield() }
                #expect(try await machine.call { .go($0) } == count)
            }
            try await machine.stop()
        }
        #expect(journal.lines == ["enter 0", "inline true: 1", "enter 1", "inline true: 2", "enter 2"])
    }

    @Test("what it inserts and what it postponed comes in a turn of its own, before what is sent meanwhile")
    func own() async throws {
        let lines = try await sameOnBoth { me, journal in
            let machine = try await Prompt.start { Prompt(journal) }
            let waiting = machine.sendRequest {
                .ask("early", $0) { _, state, reply, _ in
                    state == .idle ? .postpone : .next(.done, .reply(reply, "late"))
                }
            }
            let text = try await machine.ask("go") { _, _, reply, _ in
                .next(.busy, .reply(reply, "going"), .insert("inserted"))
            }
            machine.cast("meanwhile")
            journal.note("> \(text)")
            journal.note("> " + SceneLog.short(try await waiting.wait()))
            try await machine.stop()
        }
        #expect(
            lines == [
                "idle: early", "idle: go", "idle>busy", "busy: internal inserted", "busy: early", "busy>done",
                "done: cast meanwhile", "done ends: normal", "> going", "> reply late",
            ])
    }

    @Test("a throw, a stop and an event that is not expected are the machine's own, in events and in enter calls")
    func ends() async throws {
        let lines = try await sameOnBoth { me, journal in
            me.trapExits { .exit($0) }
            let acts: [(String, Prompt.Act)] = [
                ("throw", { _, _, _, _ in throw Broken() }),
                ("stop", { _, _, reply, _ in .stop(.shutdown, .reply(reply, "last")) }),
                (
                    "stop entering",
                    { prompt, _, reply, _ in
                        prompt.onEnter = { _ in .stop(.shutdown(detail: "entered")) }
                        return .next(.busy, .reply(reply, "told"))
                    }
                ),
                (
                    "throw entering",
                    { prompt, _, reply, _ in
                        prompt.onEnter = { _ in throw Broken("no way in") }
                        return .next(.busy, .reply(reply, "told"))
                    }
                ),
            ]
            for (name, act) in acts {
                let machine = try await Prompt.startLink(me) { Prompt(journal) }
                await journal.note(">") { try await machine.ask("surprise") { _, _, _, _ in .unexpected } }
                await journal.note(">") { try await machine.ask(name, act) }
                journal.note("> \(try await me.next())")
            }
        }
        #expect(
            lines == [
                "idle: surprise", "idle: throw", "idle ends: error: broken",
                "idle: surprise", "idle: stop", "idle ends: shutdown",
                "idle: surprise", "idle: stop entering", "idle>busy", "busy ends: shutdown: entered",
                "idle: surprise", "idle: throw entering", "idle>busy", "idle ends: error: no way in",
                #">: unexpected(state: "idle")"#, ">: exited (error: broken)", "> EXIT (error: broken)",
                #">: unexpected(state: "idle")"#, ">: last", "> EXIT (shutdown)",
                #">: unexpected(state: "idle")"#, ">: told", "> EXIT (shutdown: entered)",
                #">: unexpected(state: "idle")"#, ">: told", "> EXIT (error: no way in)",
            ])
    }

    @Test("while a role handles its events they are queued; the role may suspend")
    func role() async throws {
        let journal = SceneLog()
        try await inProcessOfOneWorker { me in
            let machine = try await Prompt.start { Prompt(journal) }
            _ = try await machine.ask("change") { _, _, reply, _ in
                .next(.busy, .reply(reply, "yes"), .become(Patient.self))
            }
            for _ in 0..<2 { journal.note(try await machine.ask("role") { _, _, _, _ in .keep }) }
            _ = try await machine.ask("self") { _, _, _, _ in .keep }
            while !machine.cell.mailbox.isIdle { try await me.yield() }
            journal.note(try await machine.ask("again") { _, _, reply, _ in reply("yes") })
            try await machine.stop()
        }
        #expect(
            journal.lines == [
                "idle: change, inline true", "idle>busy by the role", "role, inline false", "patiently",
                "role, inline false", "patiently", "self, inline false", "busy: again, inline true", "yes",
                "busy ends: normal",
            ])
    }

    @Test(
        "who waits for what a role has yet to do, and is called by that, closes a cycle; who has been kept waiting does not"
    )
    func cycle() async throws {
        let journal = SceneLog()
        try await inProcessOfOneWorker { _ in
            let server = try await CodeServer.start { CodeServer() }
            for taken in [0, 2] {
                let machine = try await Prompt.start { Prompt(journal) }
                for _ in 0..<taken { _ = try await SystemControl.status(of: machine) }
                while !machine.cell.mailbox.isIdle { await Task.yield() }
                _ = try await server.run { _ in
                    let text = try await machine.ask("enter") { prompt, _, reply, _ in
                        prompt.server = server
                        prompt.kept = reply
                        return .next(.busy, .become(Calling.self))
                    }
                    journal.note(text)
                    return 0
                }
                try await machine.stop()
            }
            // Nothing is left to be done for this one: others may cause the machine to answer.
            let machine = try await Prompt.start { Prompt(journal) }
            let waiting = server.sendRequest {
                .run(
                    { _ in
                        let text = try await machine.ask("keep") { prompt, _, reply, _ in
                            prompt.server = server
                            prompt.kept = reply
                            prompt.patience = .milliseconds(1)
                            return .keep
                        }
                        journal.note(text)
                        return 0
                    }, $0)
            }
            while server.cell.waitingOn.load(ordering: .acquiring) == 0 { await Task.yield() }
            // From wherever the last yield has left this process.
            let entered = try await machine.ask("enter") { _, _, reply, _ in
                .next(.busy, .reply(reply, "entered"), .become(Calling.self))
            }
            _ = try await waiting.wait()
            #expect(entered == "entered")
            try await machine.stop()
        }
        // The last one to enter is or is not on a worker after its yields.
        let lines = journal.lines.filter { $0 != "idle: enter, inline false" }
        #expect(
            lines.prefix(7) == [
                "idle: enter, inline true", "cycle", "kept", "idle: enter, inline true", "cycle", "kept",
                "idle: keep, inline true",
            ])
        #expect(lines.dropFirst(7).filter { !$0.hasPrefix("idle: enter, inline") } == ["timeout", "kept"])
    }

    @Test("one that is suspended, watched or asked for sleep does as it does in a turn of its own")
    func control() async throws {
        let journal = SceneLog()
        try await inProcessOfOneWorker { _ in
            let machine = try await Prompt.start { Prompt(journal) }
            try await SystemControl.suspend(machine)
            let waiting = machine.sendRequest { .ask("suspended", $0) { _, _, reply, _ in reply("resumed") } }
            try await SystemControl.resume(machine)
            journal.note(SceneLog.short(try await waiting.wait()))
            _ = try await machine.ask("sleep") { _, _, reply, _ in .keep(.reply(reply, "ok"), .hibernate) }
            journal.note("hibernations \(try await SystemControl.status(of: machine).hibernations)")
            _ = try await machine.ask("time") { _, _, reply, _ in
                .keep(.reply(reply, "ok"), .stateTimeout(.zero, "now"))
            }
            try await machine.stop()
        }
        #expect(
            journal.lines == [
                "idle: suspended, inline false", "reply resumed", "idle: sleep, inline true", "hibernations 1",
                "idle: time, inline true", "idle: timeout now", "idle ends: normal",
            ])
    }

    @Test("calls and casts of many senders: those of each come in order, and never two at once")
    func storm() async throws {
        let node = Node(name: "machine storm", workers: 4)
        let busy = Locked(0)
        let wrong = Locked(0)
        let machine = try await node.with { try await Ledger.start { Ledger(busy: busy, wrong: wrong) } }
        let senders = (0..<6).map { sender in
            node.spawn { _ in
                var random = UInt64(sender + 1) &* 0x9E37_79B9_7F4A_7C15
                for number in 1...3_000 {
                    random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    if random >> 62 == 0 {
                        machine.cast(.note(sender, number))
                    } else if try await machine.call(timeout: .seconds(60), { .note(sender, number, $0) }) != number {
                        wrong.with { $0 += 1 }
                    }
                }
            }
        }
        for sender in senders { #expect(await sender.waitForEnd()?.isSame(as: .normal) == true) }
        #expect(wrong.value == 0)
        try await machine.stop()
        await node.shutdown()
    }
}

/// Plays a scenario where every call is queued and where most run on the caller's thread: the journals are the same but for
/// that. What the caller notes stands behind what the machine does, for the two run side by side.
private func sameOnBoth(
    _ scenario: @escaping @Sendable (PlainProcess<Notice>, SceneLog) async throws -> Void
) async throws -> [String] {
    func told(_ lines: [String]) -> [String] {
        let own = lines.compactMap { $0.split(separator: ", inline").first.map(String.init) }
        return own.filter { !$0.hasPrefix(">") && !$0.hasPrefix("report ") } + own.filter { $0.hasPrefix(">") }
    }
    let queued = told(try played(scenario))
    let journal = SceneLog()
    try await inProcessOfOneWorker { me in try await scenario(me, journal) }
    #expect(journal.lines.contains { $0.hasSuffix("inline true") })
    #expect(told(journal.lines) == queued)
    return queued
}

/// Does what its calls bring along, and notes where.
private struct Prompt: SynchronousGenStateMachine {
    enum State: Sendable { case idle, busy, done }
    typealias Act = @Sendable (inout Prompt, State, Reply<String>, Me) throws -> MachineTransition<Prompt>
    enum Call: Sendable { case ask(String, Reply<String>, Act) }
    typealias Cast = String
    typealias Internal = String
    typealias Timeout = String

    let initialState = State.idle
    let journal: SceneLog
    var onEnter: (@Sendable (State) throws -> MachineEntry<Prompt>)?
    /// For roles.
    var server: ServerRef<CodeServer>?
    var kept: Reply<String>?
    var patience = Duration.seconds(5)

    /// Calls the server, and answers whoever waits.
    fileprivate mutating func call() async {
        guard let server else { return }
        await journal.note { "\(try await server.run(timeout: patience) { _ in 0 })" }
        kept?("kept")
        kept = nil
    }

    init(_ journal: SceneLog) { self.journal = journal }

    mutating func handleEvent(_ event: StateEvent, in state: State, _ me: Me) throws -> Transition {
        switch event {
        case .call(.ask(let name, let reply, let act)):
            journal.note("\(state): \(name), inline \(isInline)")
            return try act(&self, state, reply, me)
        case .cast, .internal, .timeout, .info:
            journal.note("\(state): \(event)")
            return .keep
        }
    }

    mutating func handleEnter(_ state: State, from old: State, _ me: Me) throws -> StateEntry {
        if state == old { return .stay }
        journal.note("\(old)>\(state), inline \(isInline)")
        return try onEnter?(state) ?? .stay
    }

    func terminate(reason: ExitReason, in state: State, _ me: Me) { journal.note("\(state) ends: \(reason)") }
}

extension ServerRef<Prompt> {
    fileprivate nonisolated(nonsending) func ask(_ name: String, _ act: @escaping Prompt.Act) async throws -> String {
        try await call(timeout: .seconds(60)) { .ask(name, $0, act) }
    }
}

/// Handles a machine's events by functions that suspend.
private enum Patient: MachineRole {
    static func handleEvent(
        _ event: MachineEvent<Prompt>, in state: Prompt.State, _ machine: inout Prompt, _ me: ProcessContext<Prompt>
    ) async throws -> MachineTransition<Prompt> {
        guard case .call(.ask(let name, let reply, _)) = event else { return .unexpected }
        machine.journal.note("\(name), inline \(isInline)")
        await Task.yield()
        if name == "self" { return .keep(.reply(reply, "itself"), .becomeItself) }
        return .keep(.reply(reply, "patiently"))
    }

    static func handleEnter(
        _ state: Prompt.State, from old: Prompt.State, _ machine: inout Prompt, _ me: ProcessContext<Prompt>
    ) async throws -> MachineEntry<Prompt> {
        await Task.yield()
        machine.journal.note("\(old)>\(state) by the role")
        return .stay
    }
}

/// Calls a server when a state begins, for as long as the machine says.
private enum Calling: MachineRole {
    static func handleEvent(
        _ event: MachineEvent<Prompt>, in state: Prompt.State, _ machine: inout Prompt, _ me: ProcessContext<Prompt>
    ) async throws -> MachineTransition<Prompt> {
        .keep
    }

    static func handleEnter(
        _ state: Prompt.State, from old: Prompt.State, _ machine: inout Prompt, _ me: ProcessContext<Prompt>
    ) async throws -> MachineEntry<Prompt> {
        await machine.call()
        return .stay
    }
}

/// Sees whether events overtake each other, or come at the same time.
private struct Ledger: SynchronousGenStateMachine {
    enum State: Sendable { case even, odd }
    enum Call: Sendable { case note(Int, Int, Reply<Int>) }
    enum Cast: Sendable { case note(Int, Int) }
    enum Internal: Sendable { case checked }

    let initialState = State.even
    let busy: Locked<Int>
    let wrong: Locked<Int>
    private var last = [Int](repeating: 0, count: 6)
    /// Whether what was inserted is still to come: nothing else may come before.
    private var expects = false

    init(busy: Locked<Int>, wrong: Locked<Int>) {
        self.busy = busy
        self.wrong = wrong
    }

    private mutating func note(_ sender: Int, _ number: Int) {
        let others = busy.with { busy in
            defer { busy += 1 }
            return busy
        }
        if others != 0 || last[sender] != number - 1 || expects { wrong.with { $0 += 1 } }
        last[sender] = number
        busy.with { $0 -= 1 }
    }

    mutating func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition {
        switch event {
        case .call(.note(let sender, let number, let reply)):
            note(sender, number)
            guard number % 8 == 0 else { return .next(state == .even ? .odd : .even, .reply(reply, number)) }
            expects = true
            return .keep(.reply(reply, number), .insert(.checked))
        case .cast(.note(let sender, let number)):
            note(sender, number)
            return .keep
        case .internal(.checked):
            expects = false
            return .keep
        case .info, .timeout:
            return .unexpected
        }
    }
}

/// Promises not to suspend; the compiler finds no `handleEnter` that is not `async`, and takes the library's for it.
private struct Breaching: SynchronousGenStateMachine {
    enum Call: Sendable { case go(Reply<Int>) }
    let initialState = 0
    let journal: SceneLog

    func handleEvent(_ event: StateEvent, in state: Int, _ me: Me) -> Transition {
        guard case .call(.go(let reply)) = event else { return .unexpected }
        journal.note("inline \(isInline): \(state + 1)")
        return .next(state + 1, .reply(reply, state + 1))
    }

    func handleEnter(_ state: Int, from old: Int, _ me: Me) async -> StateEntry {
        journal.note("enter \(state)")
        return .stay
    }
}
