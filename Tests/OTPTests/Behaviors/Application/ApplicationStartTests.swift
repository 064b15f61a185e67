import OTPTestKit
import Testing

@testable import OTP

@Suite struct ApplicationStartTests {
    @Test("AP-001 AP-002 it is started once: again is an error, to ensure it is none; of any type")
    func ensureStarted() {
        playApplications { stage in
            let applications = stage.applications
            try await applications.ensureStarted(DatabaseApp.self, as: .permanent)
            try await applications.ensureStarted(DatabaseApp.self)
            let code = try await applicationRefusal { try await applications.start(DatabaseApp.self) }
            try check(code, is: "Database alreadyStarted")
            try check(stage.running, is: ["Database"])
            try check(stage.journal.take(), is: ["start Database"])
            try await applications.stop(DatabaseApp.self)
            try check(stage.journal.take(), is: ["prepare Database", "stop Database"])
            try check(stage.running, is: [])
            try check(
                try await applicationRefusal { try await applications.stop(DatabaseApp.self) },
                is: "Database notStarted")
            try await applications.ensureStarted(DatabaseApp.self, as: .transient)
            try check(stage.running, is: ["Database"])
        }
    }

    @Test("AP-004 AP-005 a start needs what it depends on; those that run already are not started again")
    func dependencies() {
        playApplications { stage in
            let applications = stage.applications
            do { try await applications.start(CacheApp.self) } catch let error as ApplicationError {
                guard case .dependencyNotStarted(ApplicationID(DatabaseApp.self)) = error.code else { throw error }
                try check("\(error)", is: "application Cache needs Database, which has not been started")
            }
            try await applications.start(DatabaseApp.self)
            let started = try await applications.ensureAllStarted(APIApp.self)
            try check(started.map(\.description), is: ["Cache", "Metrics", "API"])
            try check(stage.running, is: ["Database", "Cache", "Metrics", "API"])
            try check(try await applications.ensureAllStarted(APIApp.self), is: [])
        }
    }

    @Test("AP-006 AP-007 if one fails, it is named, and what this call had started is stopped again, the last first")
    func undo() {
        playApplications { stage in
            let applications = stage.applications
            try await applications.start(MetricsApp.self)
            _ = stage.journal.take()
            let mode = Switch()
            APIApp.mode.put(mode, isPersistent: true)
            mode.always(.fails)
            let code = try await applicationRefusal { try await applications.ensureAllStarted(APIApp.self) }
            try check(code, is: "API failedToStart")
            try check(stage.running, is: ["Metrics"])
            try check(
                stage.journal.take(),
                is: [
                    "start Database", "start Cache", "start API", "prepare Cache", "stop Cache", "prepare Database",
                    "stop Database",
                ])
            DatabaseApp.mode.put(mode, isPersistent: true)
            let deep = try await applicationRefusal { try await applications.ensureAllStarted(APIApp.self) }
            try check(deep, is: "Database failedToStart")
        }
    }

    @Test("AP-007 to ensure that all are started, cancelled in the middle, leaves none without what it needs")
    func cancelled() {
        playApplications { stage in
            let applications = stage.applications
            try await applications.start(MetricsApp.self)
            for isRunning in [false, true] {
                // What another caller has started stays.
                if isRunning { try await applications.ensureAllStarted(DatabaseApp.self) }
                let gate = Gate()
                CacheApp.hook("start").put({ await gate.pass() }, isPersistent: true)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        _ = try? await applications.ensureAllStarted(MetricsApp.self, CacheApp.self)
                    }
                    try await stage.scene.settle()
                    try check(applications.specification(of: CacheApp.self) != nil)
                    group.cancelAll()
                    try await stage.scene.settle()
                    gate.open()
                    try await group.waitForAll()
                }
                try check(stage.running, is: isRunning ? ["Metrics", "Database"] : ["Metrics"])
            }
        }
    }

    @Test("AP-005 what runs is left alone, and so is all below it, optional or stopped")
    func belowWhatRuns() {
        playApplications { stage in
            let applications = stage.applications
            let mode = Switch()
            mode.always(.fails)
            MetricsApp.mode.put(mode, isPersistent: true)
            try await applications.ensureAllStarted(CacheApp.self)
            try await applications.start(APIApp.self)
            try check(try await applications.ensureAllStarted(FrontApp.self), is: [ApplicationID(FrontApp.self)])
            try await applications.stop(DatabaseApp.self)
            try check(try await applications.ensureAllStarted(FrontApp.self), is: [])
            try check(stage.running, is: ["Cache", "API", "Front"])
        }
    }

    @Test func `applications that need each other are refused before one is started, and named`() {
        playApplications { stage in
            do {
                try await stage.applications.ensureAllStarted(MetricsApp.self, First.self)
                throw Unmet(description: "started")
            } catch let error as ApplicationError {
                guard case .cycle(let cycle) = error.code else { throw error }
                try check(cycle, is: [First.self, Second.self, First.self].map { ApplicationID($0) })
                try check("\(error)".contains("First needs Second needs First"))
            }
            try check(stage.running, is: [])
        }
    }

    @Test("AP-009 AP-010 what is optional need not run, is started where all are, and then has to start")
    func optional() {
        playApplications { stage in
            let applications = stage.applications
            try await applications.ensureAllStarted(CacheApp.self)
            try await applications.start(APIApp.self)
            try check(stage.running, is: ["Database", "Cache", "API"])
            try await applications.stop(APIApp.self)

            let mode = Switch()
            mode.next(.fails)
            MetricsApp.mode.put(mode, isPersistent: true)
            let code = try await applicationRefusal { try await applications.ensureAllStarted(APIApp.self) }
            try check(code, is: "Metrics failedToStart")
            try check(stage.running, is: ["Database", "Cache"])
            try check(
                try await applications.ensureAllStarted(APIApp.self),
                is: [ApplicationID(MetricsApp.self), ApplicationID(APIApp.self)])
        }
    }

    @Test("AP-011 AP-012 of several starts at once one is done, and all get its outcome")
    func atOnce() {
        playApplications(seeds: 0..<8) { stage in
            let applications = stage.applications
            let mode = Switch()
            DatabaseApp.mode.put(mode, isPersistent: true)
            for outcome in [Switch.Mode.fails, .works] {
                mode.next(outcome)
                let gate = Gate()
                DatabaseApp.hook("start").put({ await gate.pass() }, isPersistent: true)
                let failures = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for _ in 0..<3 {
                        group.addTask {
                            do { try await applications.start(DatabaseApp.self) } catch let error as ApplicationError {
                                guard case .failedToStart(is Worker.Failure) = error.code else { throw error }
                                return true
                            }
                            return false
                        }
                    }
                    try await stage.scene.settle()
                    gate.open()
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                try check(failures, is: outcome == .fails ? [true, true, true] : [false, false, false])
            }
            try check(mode.count, is: 2)
            try check(stage.running, is: ["Database"])
        }
    }

    @Test("AP-014 a start that exits fails with its reason, and ends all others unless the application is temporary")
    func startExits() {
        for (type, reason, ends) in [
            (ApplicationType.temporary, ExitReason.killed, false), (.transient, .normal, false),
            (.transient, .shutdown, true), (.permanent, .normal, true),
        ] {
            playApplications { stage in
                let applications = stage.applications
                try await applications.start(MetricsApp.self)
                let failing = Supervisor(.oneForOne) { throw Exit(reason) }
                DatabaseApp.tree.put(failing, isPersistent: true)
                do {
                    try await applications.start(DatabaseApp.self, as: type)
                    throw Unmet(description: "started")
                } catch let error as ApplicationError {
                    guard case .failedToStart = error.code else { throw error }
                }
                try await stage.scene.settle()
                try check(stage.running, is: ends ? [] : ["Metrics"])
                // What was stopped can be started again.
                try await applications.ensureStarted(MetricsApp.self)
            }
        }
    }

    @Test("AP-015 a dependency that has ended is told from one that was never started")
    func dependencyEnded() {
        playApplications { stage in
            let applications = stage.applications
            try await applications.start(DatabaseApp.self)
            try await stage.killTree(of: DatabaseApp.self)
            try check(stage.running, is: [])
            let code = try await applicationRefusal { try await applications.start(CacheApp.self) }
            try check(code, is: "Cache dependencyNotRunning")
            // It is there to be stopped, once, and may be started again.
            try await applications.stop(DatabaseApp.self)
            let again = try await applicationRefusal { try await applications.stop(DatabaseApp.self) }
            try check(again, is: "Database notStarted")
            try await applications.ensureAllStarted(CacheApp.self)
        }
    }

    @Test("AP-024 a child that fails at the start is the cause of the failed start")
    func failingChild() {
        playApplications { stage in
            let mode = Switch()
            mode.always(.fails)
            DatabaseApp.tree.put(
                Supervisor(.oneForOne) {
                    ChildSpec.worker("good")
                    ChildSpec.moody("bad", mode)
                }, isPersistent: true)
            do {
                try await stage.applications.start(DatabaseApp.self)
                throw Unmet(description: "started")
            } catch let error as ApplicationError {
                guard case .failedToStart(let cause as SupervisorError) = error.code,
                    case .failedToStart(is Worker.Failure) = cause.code
                else { throw error }
                try check(cause.child, is: "bad")
            }
            // Nothing was started that would have to be stopped.
            try check(stage.journal.take(), is: ["start Database"])
        }
    }

    @Test func `start phases follow the start of the tree, in order; one that fails stops it`() {
        playApplications { stage in
            stage.prepare(Phased.self)
            try await stage.applications.start(Phased.self)
            try check(stage.journal.take(), is: ["start Phased", "warm Phased", "open Phased"])
            try check(stage.applications.specification(of: Phased.self)?.startPhases, is: ["warm", "open"])
            try await stage.applications.stop(Phased.self)
            _ = stage.journal.take()
            let mode = Switch()
            mode.next(.works, .fails)
            Phased.mode.put(mode, isPersistent: true)
            let code = try await applicationRefusal { try await stage.applications.start(Phased.self) }
            try check(code, is: "Phased failedToStart")
            try check(stage.journal.take(), is: ["start Phased", "warm Phased", "stop Phased"])
            try check(stage.applications.tree(of: Phased.self) == nil)
        }
    }

    @Test func `an application whose tree dies during a start phase ends, and does not count as running`() {
        playApplications { stage in
            stage.prepare(Phased.self)
            Phased.hook("warm").put(
                {
                    let node = Node.current
                    if let tree = node.applications.tree(of: Phased.self) { node.sendExit(.kill, to: tree.pid) }
                }, isPersistent: true)
            try await stage.applications.start(Phased.self)
            try await stage.scene.settle()
            try check(
                stage.journal.take(),
                is: ["start Phased", "warm Phased", "open Phased", "prepare Phased", "stop Phased"])
            try check(stage.running, is: [])
            try check(stage.applications.tree(of: Phased.self) == nil)
        }
    }

    @Test func `several are given as a list`() {
        playApplications { stage in
            let both: [any OTPApplication.Type] = [CacheApp.self, MetricsApp.self]
            let started = try await stage.applications.ensureAllStarted(both)
            try check(started.map(\.description), is: ["Database", "Cache", "Metrics"])
        }
    }

    @Test func `a library has no tree to write, and its dependencies run before it`() {
        playApplications { stage in
            struct Library: LibraryApplication {
                static var dependencies: [any OTPApplication.Type] { [DatabaseApp.self] }
            }
            try await stage.applications.ensureAllStarted(Library.self)
            try check(stage.running, is: ["Database", "Library"])
            let tree = try need(stage.applications.tree(of: Library.self))
            try check(try await stage.scene.counts(tree), is: [0, 0, 0, 0])
            try await stage.applications.stop(Library.self)
            try check(stage.running, is: ["Database"])
        }
    }

    @Test func `what a start leaves in an application is there for its stop, and for no other run`() {
        playApplications { stage in
            for number in [1, 2] {
                Keeping.next.put(number)
                try await stage.applications.start(Keeping.self)
                Keeping.next.put(0)
                try await stage.applications.stop(Keeping.self)
                try check(Keeping.last.value, is: number)
            }
        }
    }

    @Test func `an init that throws is a start that failed`() {
        playApplications { stage in
            struct Impossible: OTPApplication {
                init() throws { throw Worker.Failure() }
                func start() -> Supervisor { Supervisor(.oneForOne) {} }
            }
            let code = try await applicationRefusal { try await stage.applications.start(Impossible.self) }
            try check(code, is: "Impossible failedToStart")
        }
    }
}

/// Keeps from its start to its stop what it was given.
private final class Keeping: OTPApplication {
    static var next: EnvironmentKey<Keeping, Int> { EnvironmentKey("next") }
    static var last: EnvironmentKey<Keeping, Int> { EnvironmentKey("last") }
    private let kept = LockedBox<Int?>(nil)

    func start() -> Supervisor {
        kept.set(Self.next.value)
        return Supervisor("keeping", .oneForOne) {}
    }

    func stop() { if let kept = kept.get() { Self.last.put(kept) } }
}

private struct First: OTPApplication {
    static var dependencies: [any OTPApplication.Type] { [Second.self] }
    func start() -> Supervisor { Supervisor(.oneForOne) {} }
}

private struct Second: OTPApplication {
    static var dependencies: [any OTPApplication.Type] { [First.self] }
    func start() -> Supervisor { Supervisor(.oneForOne) {} }
}

private struct Phased: Staged {
    enum StartPhase: CaseIterable, Sendable { case warm, open }

    func start(phase: StartPhase) async throws {
        Self.note("\(phase)")
        await Self.hook("\(phase)").value?()
        if phase == .warm { try Self.mode.value?.start() }
    }
}

private struct FrontApp: Staged {
    static var name: String { "Front" }
    static var dependencies: [any OTPApplication.Type] { [APIApp.self] }
}
