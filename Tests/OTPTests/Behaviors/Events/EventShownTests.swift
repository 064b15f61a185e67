import OTP
import OTPTestKit
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
            try await manager.addHandler { Careless() }
            manager.notify(Login(user: "ann", password: "s3cret"))
            try await manager.addHandler { Careless() }
            try await manager.syncNotify(Login(user: "bob", password: "s3cret"))
            let log = try await SystemControl.log(of: manager) ?? []
            for event in log where event.kind == .received { journal.note(event.text) }
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
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(me.node.snapshot(of: try #require(manager.pid))?.messages ?? [])")
        }
        #expect(lines == [#"["Audit x hidden call", "Careless check(\"s3cret\", →Int)"]"#])
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

extension SceneLog {
    fileprivate func noteHandlerReports(of node: Node) {
        node.onReport { report in
            guard case .other(let other) = report, let crash = other as? HandlerCrashReport else { return }
            self.note("\(crash.lastMessage): \(crash.error)")
        }
    }
}
