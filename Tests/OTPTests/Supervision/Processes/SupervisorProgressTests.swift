import OTPTestKit
import Testing

@testable import OTP

/// Reports of starts, which a node makes if it is told to.
@Suite struct SupervisorProgressTests {
    /// Collects what supervisors report, from now on.
    private static func reports(_ scene: Scene) -> LockedBox<[SupervisorReport]> {
        let reports = LockedBox<[SupervisorReport]>([])
        scene.me.node.onReport { report in
            if case .other(let report as SupervisorReport) = report { reports.withLock { $0.append(report) } }
        }
        return reports
    }

    private static func take(_ reports: LockedBox<[SupervisorReport]>) -> [String] {
        let taken = reports.withLock { reports in
            defer { reports = [] }
            return reports
        }
        return taken.map { report in
            let what = if case .started = report.event { "started" } else { "otherwise" }
            return "\(report.supervisor) \(report.child) \(what)"
        }
    }

    @Test func `each start and restart of a child is told, the lower ones first, if that is wanted`() {
        play { scene in
            let reports = Self.reports(scene)
            let quiet = try await scene.start(Supervisor("quiet", .oneForOne) { ChildSpec.worker("a") })
            try await quiet.stop()
            try check(Self.take(reports), is: [])

            scene.me.node.reportsProgress = true
            let mode = Switch()
            let root = try await scene.start(
                Supervisor("root", .oneForAll) {
                    ChildSpec.moody("a", mode)
                    ChildSpec.process("plain") { me in try await me.sleep(for: .seconds(1000)) }
                    Supervisor("branch", .oneForOne) { ChildSpec.worker("b") }
                })
            let all = [
                "root a started", "root plain started", "root/branch b started", "root branch started",
            ]
            try check(Self.take(reports), is: all)
            try await scene.end(try await scene.pid("a", root), .kill)
            _ = try await root.childCounts()
            try check(Self.take(reports), is: ["root a otherwise"] + all)
            // What did not start has not.
            mode.next(.fails, .ignores)
            let code = try await refusal { try await root.startChild(ChildSpec.moody("c", mode)) }
            try check(code.name, is: "failedToStart")
            try await root.startChild(ChildSpec.moody("c", mode))
            try check(Self.take(reports).filter { $0 == "root c started" }, is: [])
            try await root.restartChild("c")
            try check(Self.take(reports), is: ["root c started"])

            scene.me.node.reportsProgress = false
            try await scene.end(try await scene.pid("c", root), .kill)
            _ = try await root.childCounts()
            try check(Self.take(reports).filter { $0.hasSuffix("started") }, is: [])
        }
    }

    @Test func `a child of a dynamic supervisor is told of once at its start, and once when it is started again`() {
        play { scene in
            let reports = Self.reports(scene)
            scene.me.node.reportsProgress = true
            let workers = DynamicSupervisor<Int, ServerRef<Worker>>("workers", restart: .permanent) { number, _ in
                Worker(number: number)
            }
            let supervisor = try await workers.startLink(scene.me.context)
            let worker = try await workers.startChild(1)
            try check(Self.take(reports), is: ["workers Worker started"])
            _ = try await workers.startChild(2)
            try check(Self.take(reports), is: ["workers Worker started"])
            try await scene.end(worker.pid, .kill)
            try await scene.settle()
            try check(Self.take(reports), is: ["workers Worker otherwise", "workers Worker started"])
            try await supervisor.stop()
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a child that is started on the thread of whoever asks is told of like any other`() async throws {
        let node = Node(name: "progress", workers: 2)
        let started = LockedBox<[PID?]>([])
        node.onReport { report in
            guard case .other(let report as SupervisorReport) = report, case .started = report.event else { return }
            started.withLock { $0.append(report.childPID) }
        }
        node.reportsProgress = true
        let children = LockedBox<[PID?]>([])
        let asker = node.spawn { (_: PlainProcess<Never>) in
            let workers = DynamicSupervisor<Int, ServerRef<TurnScene.Child>>("workers") { number, _ in
                TurnScene.Child(number)
            }
            try await workers.start()
            for number in 0..<8 {
                let child = try await workers.startChild(number)
                children.withLock { $0.append(child.pid) }
            }
            try await workers.stop()
        }
        #expect(await asker.waitForEnd()?.isNormal == true)
        #expect(children.get().count == 8)
        #expect(started.get() == children.get())
        await node.shutdown()
    }

    @Test func `the report of a start says who was started, under whom, under which name, and how it is to be treated`()
    {
        play(seeds: 0..<1) { scene in
            let reports = Self.reports(scene)
            scene.me.node.reportsProgress = true
            let root = try await scene.start(
                Supervisor("root", .oneForOne) {
                    Worker.child("a", name: "the worker", restart: .transient) { Worker() }
                    ChildSpec.worker("b")
                })
            let a = try await scene.pid("a", root)
            let all = reports.get()
            try check(all.count, is: 2)
            try check(all[0].childPID, is: a)
            try check(all[0].childNames, is: ["the worker"])
            try check(all[1].childNames, is: [])
            try check(all[0].logLevel, is: "info")
            try check(
                all[0].metadata,
                is: [
                    "otp.supervisor": "root", "otp.pid": "\(root.pid)", "otp.child": "a", "otp.child.pid": "\(a)",
                    "otp.child.name": "the worker",
                ])
            try check(
                all[0].description,
                is: "supervisor \"root\" \(root.pid): child \"a\" \(a) the worker started, restart: transient, "
                    + "shutdown: \(all[0].shutdown)")
            try check(
                all[0].formatted(ReportFormat(isSingleLine: true)),
                is: "supervisor: root \(root.pid); started: id: a, pid: \(a), registered names: [the worker], "
                    + "restart: transient, shutdown: \(all[0].shutdown), kind: worker")
            try check(all[0].formatted(ReportFormat(charactersLimit: 40)).count <= 40)
        }
    }
}
