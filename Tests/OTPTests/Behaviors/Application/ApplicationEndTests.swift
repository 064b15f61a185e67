import OTPTestKit
import Testing

@testable import OTP

@Suite struct ApplicationEndTests {
    /// Ends of the tree of an application that nobody asked for.
    private enum End: CaseIterable { case killed, gaveUp, autoShutdown, normal }

    private static let trees: @Sendable () -> Supervisor = {
        Supervisor("tree", .oneForOne, restarts: .atMost(0, in: .seconds(5)), autoShutdown: .anySignificant) {
            ChildSpec.worker("worker")
            ChildSpec.worker("significant", .transient, isSignificant: true)
        }
    }

    private static func end(_ stage: ApplicationStage, _ end: End) async throws {
        let tree = try need(stage.applications.tree(of: MetricsApp.self))
        switch end {
        case .killed: try await stage.scene.end(tree.pid, .kill)
        case .gaveUp:
            try await stage.scene.exit(try await stage.scene.pid("worker", tree), .error(Worker.Failure()))
        case .autoShutdown: try await stage.scene.exit(try await stage.scene.pid("significant", tree), .normal)
        case .normal: try await tree.stop(reason: .normal)
        }
        _ = await tree.waitForEnd()
        try await stage.scene.settle()
    }

    @Test func `the end of a permanent application ends all, of a transient one a failure, of a temporary one nothing`()
    {
        for type in [ApplicationType.permanent, .transient, .temporary] {
            for end in End.allCases {
                let endsAll = type == .permanent || type == .transient && (end == .killed || end == .gaveUp)
                playApplications { stage in
                    let applications = stage.applications
                    let reasons = LockedBox<[String]>([])
                    try await applications.onShutdown { reason in
                        guard case .ended(let id, _) = reason else { return }
                        reasons.withLock { $0.append("\(id)") }
                    }
                    MetricsApp.tree.put(Self.trees(), isPersistent: true)
                    try await applications.ensureAllStarted(CacheApp.self)
                    try await applications.start(MetricsApp.self, as: type)
                    _ = stage.journal.take()
                    try await Self.end(stage, end)
                    try check(stage.running == (endsAll ? [] : ["Database", "Cache"]), "\(type) \(end)")
                    try check(reasons.get(), is: endsAll ? ["Metrics"] : [])
                    let rest = ["prepare Cache", "stop Cache", "prepare Database", "stop Database"]
                    try check(stage.journal.take(), is: ["prepare Metrics", "stop Metrics"] + (endsAll ? rest : []))
                }
            }
        }
    }

    @Test func `an end that nobody asked for is reported, with what it means`() {
        playApplications { stage in
            let reports = LockedBox<[ApplicationReport]>([])
            stage.scene.me.node.onReport { report in
                if case .other(let report as ApplicationReport) = report { reports.withLock { $0.append(report) } }
            }
            for type in [ApplicationType.temporary, .transient, .permanent] {
                try await stage.applications.start(DatabaseApp.self, as: type)
                try await stage.killTree(of: DatabaseApp.self)
            }
            try check(
                reports.get().map(\.description),
                is: [
                    "application Database ended: killed", "application Database ended: killed; it is transient",
                    "application Database ended: killed; it is permanent",
                ])
            try check(reports.get().map(\.logLevel), is: ["warning", "error", "error"])
            try check(reports.get()[0].metadata, is: ["otp.application": "Database"])
        }
    }

    @Test("AP-035 one that may run for a time alone ends by its own choice when that is over")
    func maximumRunTime() {
        for type in [ApplicationType.permanent, .transient] {
            playApplications { stage in
                let applications = stage.applications
                stage.prepare(BriefApp.self)
                try await applications.start(DatabaseApp.self)
                try await applications.start(BriefApp.self, as: type)
                try check(
                    try need(applications.specification(of: BriefApp.self)).maximumRunTime, is: .milliseconds(200))
                try check(applications.specification(of: DatabaseApp.self)?.maximumRunTime == nil)
                _ = stage.journal.take()
                try await stage.scene.me.sleep(for: .milliseconds(199))
                try check(stage.running, is: ["Database", "Brief"])
                try await stage.scene.me.sleep(for: .milliseconds(2))
                try await stage.scene.settle()
                try check(stage.running, is: type == .permanent ? [] : ["Database"])
                try check(stage.journal.take().prefix(2) == ["prepare Brief", "stop Brief"])
            }
        }
    }

    @Test func `a start is reported if that is wanted, when it is through, before whoever asked for it goes on`() {
        playApplications { stage in
            let reports = LockedBox<[ApplicationReport]>([])
            let node = stage.scene.me.node
            node.onReport { report in
                if case .other(let report as ApplicationReport) = report { reports.withLock { $0.append(report) } }
            }
            try await stage.applications.start(MetricsApp.self)
            try check(reports.get().count, is: 0)
            node.reportsProgress = true
            try await stage.applications.ensureAllStarted(CacheApp.self, as: .permanent)
            try check(
                reports.get().map(\.description),
                is: [
                    "application Database started; it is permanent", "application Cache started; it is permanent",
                ])
            try check(reports.get()[0].logLevel, is: "info")
            try check(
                reports.get()[0].formatted(ReportFormat(isSingleLine: true)),
                is: "application: Database; context: started; type: permanent")
            reports.set([])
            try await stage.applications.stop(CacheApp.self)
            try check(reports.get().count, is: 0)
        }
    }

    @Test func `a run starts what is needed and returns when it is cancelled, the last one stopped first`() async throws
    {
        try await withNode { node, journal in
            let running = Task { try await APIApp.run() }
            while node.applications.running.count < 4 { await Task.yield() }
            running.cancel()
            try await running.value
            #expect(
                journal.take()
                    == ["start Cache", "start API", "prepare API", "stop API", "prepare Cache", "stop Cache"])
            #expect(node.applications.running.isEmpty)
        }
    }

    @Test func `a run throws when an application has failed, and returns when one has ended by its own choice`()
        async throws
    {
        try await withNode { node, _ in
            for end in [ExitReason.normal, .shutdown] {
                let running = Task { try await CacheApp.run() }
                while node.applications.running.count < 2 { await Task.yield() }
                try await node.applications.tree(of: DatabaseApp.self)?.stop(reason: end)
                do {
                    try await running.value
                    #expect(end.isNormal)
                } catch let error as ApplicationError {
                    #expect(!end.isNormal)
                    #expect(error.application == ApplicationID(DatabaseApp.self))
                    guard case .ended = error.code else { throw error }
                }
                #expect(node.applications.running.isEmpty)
            }
        }
    }

    @Test func `a run whose start fails throws that, and leaves nothing behind`() async throws {
        try await withNode { node, _ in
            let mode = Switch()
            mode.always(.fails)
            CacheApp.mode.put(mode, isPersistent: true)
            let error = await #expect(throws: ApplicationError.self) { try await CacheApp.run() }
            #expect(error?.application == ApplicationID(CacheApp.self))
            #expect(node.applications.running.isEmpty)
        }
    }

    @Test func `a run that is cancelled before it begins starts nothing, and one cancelled while it starts undoes it`()
        async throws
    {
        try await withNode { node, journal in
            let early = Task {
                await untilCancelled()
                try await CacheApp.run()
            }
            early.cancel()
            try await early.value
            #expect(node.applications.running.isEmpty)

            let gate = Gate()
            let (begins, begin) = AsyncStream.makeStream(of: Void.self)
            CacheApp.hook("start").put(
                {
                    begin.yield()
                    await gate.pass()
                }, isPersistent: true)
            let running = Task { try await CacheApp.run() }
            for await _ in begins { break }
            running.cancel()
            gate.open()
            try await running.value
            #expect(node.applications.running.isEmpty)
        }
    }
}

extension ApplicationEndTests {
    @Test func `a run that is cancelled while a start hangs returns when its time is over`() async throws {
        try await withNode { node, _ in
            let (begins, begin) = AsyncStream.makeStream(of: Void.self)
            APIApp.hook("start").put(
                {
                    begin.yield()
                    await untilCancelled()
                }, isPersistent: true)
            let running = Task { try await APIApp.run(shutdownDeadline: .milliseconds(20)) }
            for await _ in begins { break }
            running.cancel()
            try await running.value
            #expect(node.applications.running.isEmpty)
            #expect(node.applications.tree(of: CacheApp.self) == nil)
        }
    }

    @Test func `applications end with their controller, as far as anybody asks, and can be started again`() {
        playApplications { stage in
            let applications = stage.applications
            try await applications.ensureAllStarted(CacheApp.self)
            let tree = try need(applications.tree(of: CacheApp.self))
            try await stage.scene.end(try need(ApplicationController.name.pid), .kill)
            _ = await tree.waitForEnd()
            try await stage.scene.settle()
            try check(Set(stage.journal.take()).isSuperset(of: ["stop Cache", "stop Database"]))
            try await applications.ensureAllStarted(CacheApp.self)
            try check(stage.running, is: ["Database", "Cache"])
        }
    }
}

private struct BriefApp: Staged {
    static var name: String { "Brief" }
    static var maximumRunTime: Duration? { .milliseconds(200) }
}

/// A node of its own, with applications that note what is done to them.
private func withNode(_ body: (Node, Journal) async throws -> Void) async throws {
    let node = Node(name: "applications", workers: 2)
    node.silence()
    try await node.with {
        let journal = Journal()
        CacheApp.journal.put(journal, isPersistent: true)
        APIApp.journal.put(journal, isPersistent: true)
        try await body(node, journal)
    }
    await node.shutdown()
}
