import Logging
import OTPTestKit
import Testing

@testable import OTP

@Suite struct ReportFormatTests {
    private static let whole = ReportFormat()
    private static let shallow = ReportFormat(depth: 3)
    private static let short = ReportFormat(charactersLimit: 200)
    private static let line = ReportFormat(isSingleLine: true)

    /// What is reported of a server with much to say: who it is linked to ends with it.
    private func crash(_ state: String, reason: String = "loud", neighbours: Int = 1) throws -> CrashReport {
        let virtual = VirtualNode()
        let reports = virtual.crashes()
        try virtual.run(receiving: Notice.self) { me in
            me.trapExits { .exit($0) }
            let server = try await Talker.startLink(me, name: "talker") { its in
                for number in 0..<neighbours {
                    its.spawnLink { neighbour in
                        neighbour.label("neighbour \(number)")
                        try await neighbour.sleep(for: .seconds(9))
                    }
                }
                return Talker(state: state, reason: reason)
            }
            _ = try? await server.call { .fail(Array(0..<40), $0) }
            _ = try await me.next()
        }
        return try #require(reports.value.first)
    }

    @Test("SP-050 GS-149 a limit of depth shortens what is nested in every field, in any script")
    func depth() throws {
        for state in ["state [1, 2, 3, 4, [5, [6, [7, [8]]]]]", "состояние [一, 二, 三, 四, [五, [六, [七, [八]]]]]"] {
            let report = try crash(state)
            let (all, some) = (report.formatted(Self.whole), report.formatted(Self.shallow))
            #expect(some.count < all.count)
            #expect(all.contains(state) && all.contains("38, 39]"))
            #expect(some.contains("last message: call fail([0, 1, …], →Int)"))
            #expect(some.contains("[1, 2, 3, …]") || some.contains("[一, 二, 三, …]"))
        }
    }

    @Test("SP-051 whatever a report holds, it is printed: brackets, quotation marks and lines that belong to nothing")
    func arbitrary() throws {
        var random = SplitMix(seed: 51)
        let pieces = [
            "[", "]", "(", ")", "{", "}", ",", "\"", "\\", "\n", "\r\n", " ", "a", "ü", "🦉", "\u{0}", "\u{301}",
        ]
        for _ in 0..<500 {
            let text = (0..<Int.random(in: 0..<60, using: &random)).map { _ in pieces.randomElement(using: &random)! }
                .joined()
            let report = RuntimeReport.other(Anything(description: text))
            #expect(report.formatted(Self.whole) == text)
            for depth in 0..<4 {
                for limit in [0, 1, 10] {
                    let cut = report.formatted(
                        ReportFormat(depth: depth, charactersLimit: limit, isSingleLine: depth % 2 == 0))
                    #expect(cut.count <= limit)
                }
            }
        }
    }

    @Test("SP-052 GS-150 the text begins with crasher and initial call; each limit shortens it; one line is one line")
    func forms() throws {
        let report = try crash("first line\n    second line [1, [2, [3, [4]]]]")
        let all = report.formatted(Self.whole)
        #expect(all.hasPrefix("crasher:\n  initial call: Talker\n  pid: \(report.pid)\n  registered names: [talker]\n"))
        #expect(all.contains("\nneighbours:\n  neighbour:\n    pid: \(report.neighbours[0].pid)\n"))
        for format in [Self.shallow, Self.short, Self.line] { #expect(report.formatted(format).count < all.count) }
        #expect(report.formatted(Self.short).count <= 200)
        let line = report.formatted(Self.line)
        let start =
            "crasher: initial call: Talker, pid: \(report.pid), registered names: [talker], reason: error: loud, "
        #expect(line.hasPrefix(start) && !line.contains(where: \.isNewline))
        #expect(line.contains("; neighbours: neighbour: pid: \(report.neighbours[0].pid), initial call: process, "))
        #expect(line.contains("state: first line second line [1,"))
    }

    @Test("SP-054 much state, many neighbours and a long message fit into a limit, and every field is still there")
    func limited() throws {
        let report = try crash(String(repeating: "much ", count: 4_000), neighbours: 20)
        #expect(report.neighbours.count == 15)
        for isSingleLine in [false, true] {
            let text = report.formatted(ReportFormat(charactersLimit: 1_024, isSingleLine: isSingleLine))
            #expect(text.count <= 1_024 && text.count > 900)
            for label in ["initial call: ", "last message: ", "state: ", "links: ", "neighbours:"] {
                #expect(text.contains(label))
            }
        }
    }

    @Test("SP-053 under a limit the reason and the PIDs are what stays, in lines or in one", arguments: [1, 7, 15])
    func limitKeepsTheReason(neighbours: Int) throws {
        let report = try crash("a state", neighbours: neighbours)
        for isSingleLine in [false, true] {
            let whole = report.formatted(ReportFormat(isSingleLine: isSingleLine)).count
            let limit = min(whole - 1, 700)
            let text = report.formatted(ReportFormat(charactersLimit: limit, isSingleLine: isSingleLine))
            #expect(text.count <= limit && text.contains(where: \.isNewline) != isSingleLine)
            #expect(text.contains("reason: error: loud") && text.contains("pid: \(report.pid)"))
            let pids = report.neighbours.map { "\($0.pid)" }.joined(separator: ", ")
            #expect(text.contains("neighbours: [\(pids)]") && !text.contains("neighbour: "))
        }
    }

    @Test("of what is long the reason gets a third and all that is left, the rest shares the rest")
    func shares() throws {
        let report = try crash(
            String(repeating: "much ", count: 4_000), reason: String(repeating: "loud ", count: 4_000))
        let text = report.formatted(ReportFormat(charactersLimit: 3_000, isSingleLine: true))
        let (loud, much) = (text.matches(of: /loud/).count, text.matches(of: /much/).count)
        #expect(text.count <= 3_000 && text.count > 2_900 && loud > 190 && much > 100)
    }

    @Test("the neighbours are those who do not trap exits, and theirs in turn, each once")
    func neighbours() throws {
        let virtual = VirtualNode()
        let reports = virtual.crashes()
        try virtual.run(receiving: Notice.self) { me in
            me.trapExits { .exit($0) }
            me.spawnLink { crasher in
                crasher.spawnLink { near in
                    near.label("near")
                    near.spawnLink { far in
                        far.label("far")
                        try await far.sleep(for: .seconds(9))
                    }
                    try await near.sleep(for: .seconds(9))
                }
                try await crasher.sleep(for: .seconds(1))
                throw Broken()
            }
            _ = try await me.next()
        }
        let crash = try #require(reports.value.first)
        #expect(crash.neighbours.map(\.label) == ["near", "far"])
        #expect(crash.neighbours[0].links == [crash.pid, crash.neighbours[1].pid])
        #expect(crash.neighbours[1].ancestors.first == crash.neighbours[0].pid)
    }

    @Test("SM-107 a machine's report, short or full, is shortened by each limit")
    func machine() throws {
        let virtual = VirtualNode()
        let reports = virtual.crashes()
        try virtual.run { _ in
            let machine = try await Told.start { Told(SceneLog()) }
            machine.tell("wait") { _, _ in .postpone }
            machine.tell("crash [1, [2, [3, [4]]]]\n    now") { _, _ in throw Broken("crashed") }
            _ = await machine.waitForEnd()
        }
        let full = try #require(reports.value.first)
        #expect(full.formatted(Self.whole).contains("\n  postponed: ["))
        for format in [Self.shallow, Self.short, Self.line] {
            #expect(full.formatted(format).count < full.formatted(Self.whole).count)
        }
        let short = RuntimeReport.other(
            UnexpectedEventReport(pid: full.pid, kind: "Told", state: "[a, [b]]", event: "one\n   two", count: 1))
        for format in [ReportFormat(depth: 1), ReportFormat(charactersLimit: 20), Self.line] {
            #expect(short.formatted(format).count < short.formatted(Self.whole).count)
        }
    }

    @Test(
        "SU-129 SU-137 a supervisor's report, and a bridge's, is shortened by each limit; one line names the offender",
        arguments: ["shop", "bridge"])
    func supervisor(name: String) {
        let pid = PID(node: 0, number: 7)
        let report = SupervisorReport(
            supervisor: name, pid: PID(node: 0, number: 3),
            event: .childTerminated(.error(Broken("bad [1, [2, [3, 4, 5]]]\n    because"))), child: "worker",
            childPID: pid,
            restart: .permanent, shutdown: .infinity, kind: .worker, hadToBeKilled: false)
        let all = report.formatted(Self.whole)
        #expect(all.hasPrefix("supervisor: \(name) "))
        for format in [ReportFormat(depth: 2), ReportFormat(charactersLimit: 100), Self.line] {
            #expect(report.formatted(format).count < all.count)
        }
        #expect(report.formatted(Self.line).contains("; offender: id: worker, pid: \(pid), "))
    }

    @Test("AP-059 the report of an application is shortened by a limit of characters, and fits on a line")
    func application() {
        let report = ApplicationReport(
            application: ApplicationID(DatabaseApp.self), type: .permanent,
            event: .ended(.error(Broken("first\n    second")), byChoice: false))
        let all = report.formatted(Self.whole)
        #expect(all.hasPrefix("application: Database\ncontext: ended\nreason: error: first\n    "))
        #expect(report.formatted(ReportFormat(charactersLimit: 40)).count <= 40)
        #expect(report.formatted(Self.line).contains("context: ended; reason: error: first second; type: permanent"))
    }

    @Test("GE-059 the report of a handler is shortened by depth and characters, and fits on a line")
    func handler() throws {
        let reports = Locked<[any Report]>([])
        let virtual = VirtualNode()
        virtual.node.onReport { if case .other(let other) = $0 { reports.with { $0.append(other) } } }
        try virtual.run { _ in
            let manager = EventManager<String>(name: "events")
            try await manager.start()
            try await manager.addHandler(HandlerID("x")) { Scribe(SceneLog()) }
            try await manager.addHandler { Shouter() }
            try await manager.syncNotify("an event [1, [2, [3]]]\n    of two lines")
        }
        let report = try #require(reports.value.first)
        let all = report.formatted(Self.whole)
        #expect(all.hasPrefix("handler: Shouter\nevent manager: "))
        for format in [ReportFormat(depth: 1), ReportFormat(charactersLimit: 100), Self.line] {
            #expect(report.formatted(format).count < all.count)
        }
        #expect(
            report.formatted(Self.line).contains("; last message: event an event [1, [2, [3]]] of two lines; state: "))
    }

    @Test("text is cut by its brackets: so deep, so many elements; those in quotation marks do not count")
    func nested() {
        let table = [
            ("[1, 2, 3]", 2, "[1, 2, …]"), ("[1, 2]", 2, "[1, 2]"), ("[1, 2]", 1, "[1, …]"),
            ("f(a, [b, [c]])", 1, "f(a, …)"), ("f([b, [c]])", 2, "f([b, …])"), ("f([b])", 1, "f([…])"),
            ("[x] and [y]", 0, "[…] and […]"), (#"["]", 2]"#, 1, #"["]", …]"#), (#"["\"]", 2]"#, 1, #"["\"]", …]"#),
            ("a, b, c", 0, "a, b, c"), ("]]a", 1, "]]a"), ("[a", 1, "[a"), ("\"[", 0, "\"["), ("", 0, ""),
        ]
        for (text, depth, expected) in table { #expect(NestedText.cut(text, depth: depth) == expected) }
    }

    @Test("the format of a node is that of its log; without one a report is a sentence")
    func logged() throws {
        let virtual = VirtualNode()
        let lines = SceneLog()
        virtual.node.logger = Logger(label: "tests") { _ in LogLines(lines: lines) }
        try virtual.run(receiving: Notice.self) { me in
            for format in [nil, ReportFormat(charactersLimit: 60, isSingleLine: true)] {
                me.context.node.reportFormat = format
                _ = me.spawnMonitor({ .down($0) }, body: { _ in throw Broken() })
                _ = try await me.next()
            }
        }
        #expect(lines.lines.count == 2)
        #expect(lines.lines.first?.hasPrefix("process ") == true)
        #expect(lines.lines.last?.hasPrefix("crasher: initial call: ") == true && lines.lines.last!.count <= 60)
    }
}

/// A server whose state and messages are long.
private struct Talker: GenServer {
    enum Call: Sendable { case fail([Int], Reply<Int>) }
    let state: String
    let reason: String
    func handleCall(_ call: Call, _ me: Me) throws -> Next { throw Broken(reason) }
    func formatStatus(_ status: StatusContext) -> String { state }
}

private struct Anything: Report {
    let logLevel = "error"
    let metadata: [String: String] = [:]
    let description: String
}

private struct Shouter: EventHandler {
    func handleEvent(_ event: String) throws -> Next { throw Broken("[loud, [louder, [loudest]]]") }
    func formatStatus(_ status: StatusContext) -> String { "shouter (a, (b, (c)))" }
}

/// Keeps what is logged.
private struct LogLines: LogHandler {
    let lines: SceneLog
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
    func log(event: LogEvent) { lines.note("\(event.message)") }
}
