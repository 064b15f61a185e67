import OTP
import OTPTestKit
import Testing

/// Whatever runs answers the system, by its PID alone.
@Suite struct EveryProcessTests {
    /// One of each kind of process that the library knows, under one supervisor.
    private static func tree(_ journal: SceneLog) -> Supervisor {
        Supervisor("root", .oneForOne, restarts: .atMost(1_000, in: .seconds(1))) {
            Subject.child("server") { Subject(journal) }
            Told.child("machine") { Told(journal) }
            Agent<Int>("system agent") { 1 }
            EventManager<String>("system events")
            Registry<String, Int>("system registry")
            ProcessGroups<String>("system groups")
            Pool("system pool", size: 1) { _, _ in Subject(journal) }
            TaskSupervisor("system tasks")
            PartitionSupervisor("system partitions", partitions: 2) { _, _ in Subject(journal) }
            DynamicSupervisor("system children") { (_: Int, _) in Subject(journal) }
            Supervisor("branch", .oneForAll) { Subject.child("leaf") { Subject(journal) } }
        }
    }

    @Test("every kind of process is suspended, looked at, watched and resumed by its PID, and goes on as it was")
    func looks() throws {
        let kinds = try answer { pid in
            try await SystemControl.suspend(pid)
            let suspended = try await SystemControl.status(of: pid)
            #expect(suspended.pid == pid && suspended.runState == .suspended)
            try await SystemControl.startStatistics(of: pid)
            try await SystemControl.startLog(of: pid, keeping: 3)
            try await SystemControl.install("tests", in: pid) { _ in .keep }
            #expect(try await SystemControl.statistics(of: pid) != nil)
            #expect(try await SystemControl.log(of: pid) != nil)
            #expect(try await SystemControl.status(of: pid).debugFunctions == ["tests"])
            try await SystemControl.stopDebugging(pid)
            #expect(try await SystemControl.log(of: pid) == nil)
            #expect(try await SystemControl.statistics(of: pid) == nil)
            try await SystemControl.resume(pid)
            let running = try await SystemControl.status(of: pid)
            #expect(running.runState == .running && running.kind == suspended.kind)
            return running.kind
        }
        #expect(kinds.count > 15, "\(kinds)")
    }

    @Test("every kind of process ends, suspended or not, when the system tells it to, with that reason")
    func ends() throws {
        for isSuspended in [false, true] {
            let ended = try answer { pid in
                guard Node.current.isAlive(pid) else { return "gone before" }
                if isSuspended { try await SystemControl.suspend(pid) }
                let end = spawn(receiving: ExitReason.self) { me in
                    me.monitor(pid) { $0.reason }
                    try await SystemControl.terminate(pid, reason: .shutdown(detail: "by the system"))
                    let reason = try await me.receive()
                    #expect("\(reason)" == "shutdown: by the system")
                }
                let became = await end.waitForEnd()
                #expect(became?.isNormal == true, "\(String(describing: became))")
                return "ended"
            }
            #expect(ended.filter { $0 == "ended" }.count > 10, "\(ended)")
        }
    }

    /// Does something to each process of a tree of all kinds, the youngest first.
    private func answer(_ body: @escaping @Sendable (PID) async throws -> String) throws -> [String] {
        let virtual = VirtualNode()
        return try virtual.perform {
            let before = Set(virtual.node.processes)
            let root = try await Self.tree(SceneLog()).start()
            var all: [String] = []
            for pid in virtual.node.processes.sorted().reversed() where !before.contains(pid) {
                all.append(try await body(pid))
            }
            if virtual.node.isAlive(root.pid) { try await root.stop() }
            return all
        }
    }
}
