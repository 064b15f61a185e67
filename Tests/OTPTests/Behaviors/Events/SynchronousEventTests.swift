import Testing

@testable import OTP

/// Handlers that do not suspend, told of events on the threads of those who wait for that.
@Suite(.timeLimit(.minutes(2))) struct SynchronousEventTests {
    @TaskLocal static var mark = 0

    @Test("handlers of an idle manager run on the thread of whoever waits for them, in the manager's process")
    func inline() async throws {
        let journal = SceneLog()
        try await inProcessOfOneWorker { me in
            try await Self.$mark.withValue(7) {
                let manager = try await EventManager<String>().start()
                for name in ["a", "b"] { try await manager.addHandler(HandlerID(name)) { Clerk(journal, name) } }
                while !manager.cell.mailbox.isIdle { try await me.yield() }
                try await manager.syncNotify("where")
                journal.note("mark \(Self.mark), idle \(manager.cell.mailbox.isIdle)")
                manager.notify("where")
                try await manager.syncNotify("where")
                try await manager.stop()
            }
        }
        let own = ["b: where, inline false, mark 0, manager", "a: where, inline false, mark 0, manager"]
        let others = own.map { $0.replacing("false", with: "true") }
        // What waits behind a cast is queued as that is.
        #expect(journal.lines == others + ["mark 7, idle true"] + own + own + ["b ends: stopped", "a ends: stopped"])
    }

    @Test("with a handler that may suspend nothing runs there; when it has gone, or its code does not, it does again")
    func mixed() async throws {
        let journal = SceneLog()
        try await inProcessOfOneWorker { me in
            let manager = try await EventManager<String>().start()
            try await manager.addHandler { Clerk(journal, "a") }
            try await tell(manager, "alone", journal, me)
            let slow = try await manager.addHandler { Slow(journal: journal) }
            try await tell(manager, "with a slow one", journal, me)
            try await SystemControl.changeHandlerCode(of: manager, from: Slow.self, to: Fast.self) { _, slow in
                Fast(journal: slow.journal)
            }
            try await tell(manager, "made swift", journal, me)
            try await SystemControl.changeHandlerCode(of: manager, from: Fast.self, to: Slow.self) { _, swift in
                Slow(journal: swift.journal)
            }
            try await tell(manager, "made slow", journal, me)
            try await manager.deleteHandler(slow)
            try await tell(manager, "alone again", journal, me)
            try await manager.stop()
        }
        #expect(
            journal.lines == [
                "alone", "a: event, inline true", "with a slow one", "slow, inline false", "a: event, inline false",
                "made swift", "swift, inline true", "a: event, inline true", "made slow", "slow, inline false",
                "a: event, inline false", "alone again", "a: event, inline true", "a ends: stopped",
            ])
    }

    @Test("what handlers ask for, and what becomes of those that fail, is the same in a turn of the manager's own")
    func outcomes() async throws {
        let scenario: @Sendable (PlainProcess<Notice>, SceneLog) async throws -> Void = { me, journal in
            for wish in ["fail", "remove", "swap", "hibernate"] {
                let manager = try await EventManager<String>().start()
                for name in ["a", "b", "c"] {
                    try await manager.addSupervisedHandler(HandlerID(name), for: me) {
                        Clerk(journal, name)
                    } onExit: {
                        .text($0.short)
                    }
                }
                while !manager.cell.mailbox.isIdle { try await me.yield() }
                // The one in the middle, then all.
                for who in [" b", ""] {
                    try await manager.syncNotify(wish + who)
                    journal.note("told \(wish)\(who), \(try await manager.handlers())")
                }
                journal.note("hibernations \(try await SystemControl.status(of: manager).hibernations)")
                try await manager.stop()
                while let notice = try await me.receive(within: .zero) { journal.note(notice.short) }
            }
        }
        let journal = SceneLog()
        try await inProcessOfOneWorker { me in try await scenario(me, journal) }
        let inline = journal.lines.filter { $0.hasSuffix("inline true") }
        #expect(inline.count > 4)
        let queued = try played { me, journal in try await scenario(me, journal) }
        #expect(told(journal.lines) == told(queued))
        #expect(queued.contains("b ends: failed (clerk broken)") && queued.contains("heir: swap"))
    }

    @Test("one that is suspended waits for its resume; one that has ended says so; one who calls in himself is refused")
    func control() async throws {
        let journal = SceneLog()
        try await inProcessOfOneWorker { me in
            let manager = try await EventManager<String>().start()
            try await manager.addHandler { Clerk(journal, "a") }
            try await SystemControl.suspend(manager)
            await journal.note { try await manager.syncNotify("early", timeout: .milliseconds(1)) }
            try await SystemControl.resume(manager)
            await journal.note { try await manager.syncNotify("late") }
            try await manager.stop()
            await journal.note { try await manager.syncNotify("never") }
        }
        #expect(told(journal.lines) == ["timeout", "a: early", "a: late", "ok", "a ends: stopped", "noProcess"])
    }

    @Test("who waits for what a handler has asked for, and is called by that, closes a cycle, which is refused")
    func cycle() async throws {
        let journal = SceneLog()
        try await inProcessOfOneWorker { _ in
            let server = try await CodeServer.start { CodeServer() }
            _ = try await server.run { me in
                let manager = try await EventManager<String>().start()
                for name in 1...2 {
                    try await manager.addHandler(HandlerID(name)) { Caller(journal: journal, server: server) }
                }
                while !manager.cell.mailbox.isIdle { await Task.yield() }
                try await manager.syncNotify("event", timeout: .seconds(60))
                try await manager.stop()
                return 0
            }
        }
        #expect(journal.lines == ["inline true", "cycle", "inline false", "cycle"])
    }

    @Test("events of many, waited for or not: those of each come in order, never two at once, to every handler")
    func storm() async throws {
        let node = Node(name: "event storm", workers: 4)
        let wrong = Locked(0)
        let busy = Locked(0)
        let manager = try await node.with { try await EventManager<Notch>().start() }
        for name in 0..<3 { try await manager.addHandler(HandlerID(name)) { Auditor(busy: busy, wrong: wrong) } }
        let senders = (0..<6).map { sender in
            node.spawn { _ in
                var random = UInt64(sender + 1) &* 0x9E37_79B9_7F4A_7C15
                for number in 1...3_000 {
                    random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    let event = Notch(sender: sender, number: number)
                    if random >> 62 == 0 {
                        manager.notify(event)
                    } else {
                        try await manager.syncNotify(event, timeout: .seconds(60))
                    }
                    // Somebody who comes and goes, and suspends.
                    if sender == 0, number % 250 == 0 {
                        let id = HandlerID<Passing>(number)
                        try await manager.addHandler(id) { Passing() }
                        try await manager.syncNotify(Notch(sender: 6, number: number / 250))
                        try await manager.deleteHandler(id)
                    }
                }
            }
        }
        for sender in senders { #expect(await sender.waitForEnd()?.isSame(as: .normal) == true) }
        for name in 0..<3 {
            let last = try await manager.call(HandlerID<Auditor>(name)) { .last($0) }
            #expect(last == [Int](repeating: 3_000, count: 6) + [12])
        }
        #expect(wrong.value == 0)
        try await manager.stop()
        await node.shutdown()
    }
}

/// Tells an idle manager of an event.
private nonisolated(nonsending) func tell(
    _ manager: EventManagerRef<String>, _ what: String, _ journal: SceneLog, _ me: PlainProcess<Notice>
) async throws {
    while !manager.cell.mailbox.isIdle { try await me.yield() }
    journal.note(what)
    try await manager.syncNotify("event")
}

private func told(_ lines: [String]) -> [String] {
    lines.compactMap { $0.split(separator: ", inline").first.map(String.init) }
}

/// Does what it is told, and notes where.
private struct Clerk: SynchronousEventHandler {
    let journal: SceneLog
    let name: String

    init(_ journal: SceneLog, _ name: String) {
        self.journal = journal
        self.name = name
    }

    mutating func handleEvent(_ event: String) throws -> Next {
        var line = "\(name): \(event), inline \(isInline)"
        if event == "where" {
            let isManager = CurrentProcess.cell is ServerCell<EventManagerServer<String>>
            line += ", mark \(SynchronousEventTests.mark), \(isManager ? "manager" : "somebody else")"
        }
        journal.note(line)
        switch event {
        case "fail", "fail \(name)": throw Broken("clerk broken")
        case "remove", "remove \(name)": return .remove
        case "hibernate", "hibernate \(name)": return .hibernate
        case "swap", "swap \(name)":
            return .swap(to: HandlerID<Heir>(name)) { [journal] in Heir(journal, after: $0) }
        default: return .keep
        }
    }

    func terminate(_ end: HandlerEnd) -> String {
        let short = if case .stopped = end { "stopped" } else { end.short }
        journal.note("\(name) ends: \(short)")
        return "last words of \(name)"
    }
}

/// Leaves its place to another, whose `make` calls a server.
private struct Caller: SynchronousEventHandler {
    let journal: SceneLog
    let server: ServerRef<CodeServer>

    mutating func handleEvent(_ event: String) -> Next {
        journal.note("inline \(isInline)")
        return .swap(to: HandlerID<Heir>("\(journal.lines.count)")) { [journal, server] _ in
            await journal.note { "\(try await server.run(timeout: .seconds(5)) { _ in 0 })" }
            return Heir(journal, after: nil)
        }
    }
}

private struct Slow: EventHandler {
    let journal: SceneLog

    func handleEvent(_ event: String) async -> Next {
        journal.note("slow, inline \(isInline)")
        await Task.yield()
        return .keep
    }
}

private struct Fast: SynchronousEventHandler {
    let journal: SceneLog

    func handleEvent(_ event: String) -> Next {
        journal.note("swift, inline \(isInline)")
        return .keep
    }
}

private struct Notch: Sendable {
    let sender: Int
    let number: Int
}

/// Sees whether events overtake each other, or come at the same time.
private struct Auditor: SynchronousEventHandler {
    enum Call: Sendable { case last(Reply<[Int]>) }
    let busy: Locked<Int>
    let wrong: Locked<Int>
    private var last = [Int](repeating: 0, count: 7)

    init(busy: Locked<Int>, wrong: Locked<Int>) {
        self.busy = busy
        self.wrong = wrong
    }

    mutating func handleEvent(_ event: Notch) -> Next {
        let others = busy.with { busy in
            defer { busy += 1 }
            return busy
        }
        if others != 0 || last[event.sender] != event.number - 1 { wrong.with { $0 += 1 } }
        last[event.sender] = event.number
        busy.with { $0 -= 1 }
        return .keep
    }

    func handleCall(_ call: Call) -> Next {
        switch call {
        case .last(let reply): reply(last)
        }
        return .keep
    }
}

private struct Passing: EventHandler {
    func handleEvent(_ event: Notch) async -> Next {
        await Task.yield()
        return .keep
    }
}
