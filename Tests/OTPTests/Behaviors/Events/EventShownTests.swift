import OTP
import OTPTestKit
import Synchronization
import Testing

/// What an event manager and its handlers keep to themselves.
@Suite struct EventShownTests {
    @Test(
        "a handler hides its events, calls, messages and reasons in the report of its failure; owner and caller see all"
    )
    func handlerHides() throws {
        let lines = try played { me, journal in
            journal.noteHandlerReports(of: me.node)
            let manager = EventManager<Login>(name: "logins")
            try await manager.start()
            for how in 1...3 {
                let id = try await manager.addSupervisedHandler(for: me) {
                    Audit()
                } onExit: {
                    .text($0.short)
                }
                switch how {
                case 1: try await manager.syncNotify(Login(user: "ann", password: "s3cret"))
                case 2: manager.inform(42)
                default: await journal.note { try await manager.call(id) { .check("s3cret", $0) } }
                }
                journal.note("\(try await me.leftovers())")
            }
        }
        let owner = #"["Audit failed (no s3cret)"]"#
        #expect(
            lines == [
                "hidden event: hidden reason", owner, "hidden info: hidden reason", owner,
                "hidden call: hidden reason", "threw handler Audit failed and was removed: no s3cret", owner,
            ])
    }

    @Test("what a manager shows of an event stands in its log, in traces, in reports, and while it waits")
    func managerHides() throws {
        let lines = try played { me, journal in
            journal.noteHandlerReports(of: me.node)
            let manager = EventManager<Login>(
                name: "logins", options: ServerOptions(debug: [.log()]), formatEvent: { "login of \($0.user)" })
            try await manager.start()
            try await SystemControl.startTrace(
                of: manager, to: EventSink { if $0.contains("s3cret") { journal.note("trace \($0)") } })
            try await manager.addHandler { Careless() }
            manager.notify(Login(user: "ann", password: "s3cret"))
            try await manager.addHandler { Careless() }
            try await manager.syncNotify(Login(user: "bob", password: "s3cret"))
            let log = try await SystemControl.log(of: manager) ?? []
            for event in log {
                if event.kind == .received { journal.note(event.text) }
                if "\(event)".contains("s3cret") { journal.note("log \(event)") }
            }
            try await SystemControl.suspend(manager)
            manager.notify(Login(user: "cid", password: "s3cret"))
            manager.inform(5)
            _ = me.spawnLink { _ in try? await manager.syncNotify(Login(user: "dora", password: "s3cret")) }
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(me.node.snapshot(of: try #require(manager.pid))?.messages ?? [])")
        }
        #expect(
            lines == [
                "event login of ann: broken", "event login of bob: broken", "call addHandler Careless",
                "cast notify login of ann", "call addHandler Careless", "call syncNotify login of bob",
                #"["notify login of cid", "info 5", "syncNotify login of dora"]"#,
            ])
    }

    @Test("a request to a handler that waits is shown as the handler shows it, or as it prints itself")
    func waitingCalls() throws {
        let lines = try played { me, journal in
            let manager = EventManager<Login>(name: "logins")
            try await manager.start()
            try await SystemControl.suspend(manager)
            _ = manager.sendRequest(HandlerID<Audit>("x")) { .check("s3cret", $0) }
            _ = manager.sendRequest(HandlerID<Careless>()) { .check("s3cret", $0) }
            _ = manager.sendRequest(HandlerID<Exchange>()) { .check("s3cret", $0) }
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(me.node.snapshot(of: try #require(manager.pid))?.messages ?? [])")
        }
        #expect(
            lines == [
                #"["Audit x hidden call", "Careless check(\"s3cret\", →Int)", "Exchange call center login"]"#
            ])
    }

    @Test("a manager can hide answers and infos: in its log, in traces, in reports, and while they wait")
    func answersAndInfos() throws {
        let lines = try played { me, journal in
            me.node.onReport { if case .other(let other) = $0 { journal.note("report \(other)") } }
            let manager = EventManager<Login>(
                name: "logins", options: ServerOptions(debug: [.log(keeping: 100)]),
                formatEvent: { "login of \($0.user)" }, formatInfo: { $0 is Int ? "a number" : "a pin" },
                formatLog: { event in
                    var shown = event
                    if event.text.contains("s3cret-answer") { shown.text = "an answer" }
                    return shown
                })
            try await manager.start()
            try await SystemControl.startTrace(of: manager, to: EventSink { journal.note("trace \($0)") })
            let id = try await manager.addHandler { Vault() }
            manager.notify(Login(user: "ann", password: "s3cret"))
            journal.note("\(try await manager.call(id) { .open($0) } == "s3cret-answer")")
            manager.inform("s3cret pin")
            manager.inform("s3cret pin", after: .milliseconds(1))
            try await me.sleep(for: .milliseconds(2))
            manager.inform(5309)
            for event in try await SystemControl.log(of: manager) ?? [] { journal.note("log \(event)") }
            try await SystemControl.suspend(manager)
            manager.inform("s3cret pin")
            try await me.sleep(for: .milliseconds(1))
            journal.note("waits \(me.node.snapshot(of: try #require(manager.pid))?.messages ?? [])")
            spawnLinked(to: try #require(manager.pid))
            try await me.sleep(for: .milliseconds(1))
            journal.note("waits \(me.node.snapshot(of: try #require(manager.pid))?.messages ?? [])")
        }
        #expect(!lines.contains { $0.contains("s3cret") || $0.contains("5309") })
        #expect(lines.contains("true"))
        #expect(lines.contains(#"waits ["info a pin"]"#))
        #expect(lines.contains(#"waits ["info a pin", "a pin"]"#))
        for place in ["log got", "trace *DBG* logins got"] {
            for what in ["cast notify login of ann", "cast info a pin", "info message(a pin)", "cast info a number"] {
                #expect(lines.contains { $0.hasPrefix("\(place) \(what)") }, "\(place) \(what)")
            }
        }
        #expect(lines.contains { $0.hasPrefix("log sent an answer") })
        #expect(lines.contains { $0.hasPrefix("trace *DBG* logins sent an answer") })
        #expect(lines.filter { $0.hasPrefix("report") && $0.contains("understands a pin;") }.count == 2)
        #expect(lines.contains { $0.hasPrefix("report") && $0.contains("last message: info a number") })
    }

    @Test(
        "an error that a handler hides is hidden in the manager's log and traces, whatever was asked; the asker gets it"
    )
    func errorsInLog() throws {
        let lines = try played { me, journal in
            let manager = EventManager<Login>(name: "logins", options: ServerOptions(debug: [.log(keeping: 100)]))
            try await manager.start()
            try await SystemControl.startTrace(
                of: manager, to: EventSink { if $0.contains("s3cret") { journal.note("trace \($0)") } })
            let id = try await manager.addHandler { Audit() }
            await journal.note { try await manager.call(id) { .check("s3cret", $0) } }
            await journal.note { try await manager.addHandler { () -> Audit in throw Broken("no s3cret") } }
            await journal.note {
                try await manager.swapHandler(HandlerID<Careless>(), for: id) { _ -> Audit in throw Broken("no s3cret")
                }
            }
            try await manager.addHandler { Audit() }
            await journal.note { try await manager.deleteHandler(id) }
            for event in try await SystemControl.log(of: manager) ?? [] where event.text.hasPrefix("failure") {
                journal.note("log \(event.text)")
            }
        }
        let texts = ["failed and was removed", "was not installed", "was not installed", "failed and was removed"]
        #expect(
            lines == texts.map { "threw handler Audit \($0): no s3cret" }
                + texts.map { "log failure(handler Audit \($0): hidden reason)" })
    }

    @Test("the error of a handler that cannot come in the place of another is shown as its own type says")
    func failedSwap() throws {
        let lines = try played { me, journal in
            journal.noteHandlerReports(of: me.node)
            let manager = EventManager<Login>(name: "logins", formatEvent: { "login of \($0.user)" })
            try await manager.start()
            try await manager.addHandler { Quitter() }
            try await manager.syncNotify(Login(user: "ann", password: "s3cret"))
        }
        #expect(lines == ["event login of ann: handler Audit was not installed: hidden reason"])
    }

    @Test("a request to a handler is formatted if it fails or is watched, and not otherwise")
    func formattedIfNeeded() throws {
        let lines = try played { me, journal in
            journal.noteHandlerReports(of: me.node)
            let manager = EventManager<Login>(name: "logins")
            try await manager.start()
            let id = try await manager.addHandler { Witness(manager: manager) }
            try await manager.call(id) { .note(Look(journal), fails: false, $0) }
            journal.note("watched")
            try await SystemControl.startLog(of: manager)
            try await manager.call(id) { .note(Look(journal), fails: false, $0) }
            try await SystemControl.stopDebugging(manager)
            journal.note("fails")
            try? await manager.call(id) { .note(Look(journal), fails: true, $0) }
        }
        #expect(lines == ["watched", "formatted", "fails", "formatted", "a note: broken"])
    }

    @Test("what formats a request may itself look at what waits for the manager")
    func formattedOutsideOfLocks() throws {
        let lines = try played { me, journal in
            let manager = EventManager<Login>(name: "logins")
            try await manager.start()
            try await manager.addHandler { Witness(manager: manager) }
            manager.inform(Look(journal, at: manager.pid, of: me.node))
            try await me.sleep(for: .milliseconds(1))
        }
        #expect(lines.last == #"["Witness a note"]"#)
        #expect(lines.count >= 3 && lines.dropLast().allSatisfy { $0 == "formatted" })
    }

    @Test("the report of a failed handler has the manager's name and the reason beside its text, as any crash")
    func metadata() throws {
        let lines = try events { events, me, journal in
            me.node.onReport { report in
                guard case .other(let report) = report else { return }
                journal.note(
                    "\(report.metadata.filter { $0.key != "otp.pid" }.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })"
                )
            }
            try await events.addHandler { Scribe(journal) }
            events.inform("nobody's")
            try await events.syncNotify("fail")
        }
        #expect(
            lines.filter { $0.hasPrefix("[") } == [
                #"["otp.name events"]"#, #"["otp.handler Scribe", "otp.name events", "otp.reason scribe broken"]"#,
            ])
    }
}

/// A process that ends for a secret reason, linked to another one.
private func spawnLinked(to pid: PID) {
    spawn { me in
        try me.link(to: pid)
        throw Broken("no s3cret")
    }
}

private struct Login: Sendable {
    var user: String
    var password: String
}

private enum LoginCall: Sendable { case check(String, Reply<Int>) }

/// Fails, and shows nothing of it.
private struct Audit: EventHandler {
    typealias Call = LoginCall
    func handleEvent(_ event: Login) throws -> Next { throw Broken("no \(event.password)") }
    func handleInfo(_ info: Int) throws -> Next { throw Broken("no s3cret") }
    func handleCall(_ call: LoginCall) throws -> Next { throw Broken("no s3cret") }
    func terminate(_ end: HandlerEnd) throws {
        if case .deleted = end { throw Broken("no s3cret") }
    }

    static func formatMessage(_ message: HandlerMessage<Audit>) -> String {
        switch message {
        case .event: "hidden event"
        case .call: "hidden call"
        case .info: "hidden info"
        }
    }
    static func formatReason(_ error: any Error) -> any Error { Broken("hidden reason") }
}

/// Fails, and leaves it to its manager what is shown of that.
private struct Careless: EventHandler {
    typealias Call = LoginCall
    func handleEvent(_ event: Login) throws -> Next { throw Broken() }
    func handleCall(_ call: LoginCall) -> Next { .keep }
}

/// Begins what it shows as the library does.
private struct Exchange: EventHandler {
    typealias Call = LoginCall
    func handleEvent(_ event: Login) -> Next { .keep }
    func handleCall(_ call: LoginCall) -> Next { .keep }
    static func formatMessage(_ message: HandlerMessage<Exchange>) -> String { "call center login" }
}

/// Has answers that nobody else is to see, and fails with a number.
private struct Vault: EventHandler {
    enum Call: Sendable { case open(Reply<String>) }
    func handleEvent(_ event: Login) -> Next { .keep }
    func handleCall(_ call: Call) -> Next {
        switch call {
        case .open(let reply): reply("s3cret-answer")
        }
        return .keep
    }
    func handleInfo(_ info: Int) throws -> Next { throw Broken() }
}

/// Gives way to one that cannot be made, and would show that error in its own way.
private struct Quitter: EventHandler {
    func handleEvent(_ event: Login) -> Next {
        .swap(to: HandlerID<Audit>()) { _ in throw Broken("no s3cret") }
    }
    static func formatReason(_ error: any Error) -> any Error { Broken("not mine") }
}

/// Where to note that a request is formatted, and where to look meanwhile for what waits: once.
private final class Look: Sendable {
    let journal: SceneLog
    private let place: Mutex<(pid: PID, node: Node)?>

    init(_ journal: SceneLog, at pid: PID? = nil, of node: Node = .current) {
        self.journal = journal
        place = Mutex(pid.map { ($0, node) })
    }

    func waiting() -> [String]? {
        place.withLock { $0 }.flatMap { $0.node.snapshot(of: $0.pid)?.messages }
    }

    func waitingOnce() {
        let place = place.withLock { place in
            defer { place = nil }
            return place
        }
        if let place { _ = place.node.snapshot(of: place.pid) }
    }
}

/// Notes when a request to it is formatted.
private struct Witness: EventHandler {
    enum Call: Sendable { case note(Look, fails: Bool, Reply<Void>) }
    let manager: EventManager<Login>

    func handleEvent(_ event: Login) -> Next { .keep }
    func handleCall(_ call: Call) throws -> Next {
        switch call {
        case .note(_, let fails, let reply):
            if fails { throw Broken() }
            reply()
        }
        return .keep
    }
    /// Looks at what waits for its own manager: a request that it has just sent.
    func handleInfo(_ look: Look) -> Next {
        _ = manager.sendRequest(HandlerID<Witness>()) { .note(look, fails: false, $0) }
        if let waiting = look.waiting() { look.journal.note("\(waiting)") }
        return .keep
    }
    static func formatMessage(_ message: HandlerMessage<Witness>) -> String {
        guard case .call(.note(let look, _, _)) = message else { return "another" }
        look.journal.note("formatted")
        look.waitingOnce()
        return "a note"
    }
}

extension SceneLog {
    fileprivate func noteHandlerReports(of node: Node) {
        node.onReport { report in
            guard case .other(let other) = report, let crash = other as? HandlerCrashReport else { return }
            self.note("\(crash.lastMessage): \(crash.error)")
        }
    }
}
