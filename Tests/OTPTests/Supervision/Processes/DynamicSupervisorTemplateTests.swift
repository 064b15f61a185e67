import OTPTestKit
import Testing

@testable import OTP

/// Dynamic supervisors all of whose children come from one template.
@Suite struct DynamicSupervisorTemplateTests {
    private typealias Workers = DynamicSupervisor<Int, ServerRef<Worker>>

    @Test func `whoever starts a child under a name that is taken is told by whom, and can go on with that`() {
        play { scene in
            let workers = Workers("workers", name: { "worker \($0)" }) { number, _ in Worker(number: number) }
            _ = try await workers.startLink(scene.me.context)
            let first = try await workers.startChild(1).pid
            let code = try await refusal { try await workers.startChild(1) }
            guard case .alreadyStarted(first) = code else { throw Unmet(description: "\(code)") }
            let anybody = DynamicSupervisor<ChildSpec, PID>("anybody")
            _ = try await anybody.startLink(scene.me.context)
            let other = try await refusal {
                try await anybody.startChild(Worker.child(name: "worker 1") { () async in Worker() })
            }
            guard case .alreadyStarted(first) = other else { throw Unmet(description: "\(other)") }
            try check(try await workers.childCounts().active, is: 1)
        }
    }

    @Test func `a name that is taken for what a child itself starts is not the child's own`() {
        play { scene in
            let name: ServerName<Worker> = "taken"
            try await Worker.start(name: name) { Worker() }
            let anybody = DynamicSupervisor<ChildSpec, PID>("anybody")
            _ = try await anybody.startLink(scene.me.context)
            let child = Worker.child { () async throws -> Worker in
                try await Worker.start(name: name) { Worker() }
                return Worker()
            }
            let code = try await refusal { try await anybody.startChild(child) }
            guard case .failedToStart(is StartError) = code else { throw Unmet(description: "\(code)") }
        }
    }

    @Test func `it starts nothing else, but what another value of the same name makes`() {
        play { scene in
            let name: SupervisorName = "workers"
            let workers = Workers(registeredAs: name, restart: .permanent) { number, _ in Worker(number: number) }
            let supervisor = try await workers.startLink(scene.me.context)
            for address in [supervisor, try need(name.ref)] {
                let code = try await refusal { try await address.startChild(ChildSpec.worker("stranger")) }
                try check(code.name, is: "notOfTemplate")
            }
            let rooms = DynamicSupervisor<Int, SupervisorRef>(registeredAs: name) { _ in Supervisor(.oneForOne) {} }
            try check(try await refusal { try await rooms.startChild(1) }.name, is: "notOfTemplate")
            let child = try await workers.startChild(1)
            let again = try need(try await name.startChild(try await supervisor.childSpec(of: child.pid)))
            let others = Workers(registeredAs: name) { number, _ in Worker(number: number) }
            let other = try await others.startChild(2)
            try check(try await workers.children().map(\.pid), is: [child.pid, again, other.pid])
        }
    }

    @Test("SU-059 children may be supervisors, each with children of its own")
    func supervisors() {
        play { scene in
            let rooms = DynamicSupervisor<Int, SupervisorRef>("rooms") { number in
                Supervisor("room", .oneForOne) { Worker.child { Worker(number: number) } }
            }
            let supervisor = try await rooms.startLink(scene.me.context)
            let seven = try await rooms.startChild(7)
            let worker = try need(ServerRef<Worker>(try await scene.pid("Worker", seven)))
            try check(try await worker.call { .number($0) }, is: 7)
            try await rooms.startChild(8)
            try check(try await scene.counts(supervisor), is: [1, 2, 2, 0])
            // As permanent as it says itself.
            try await scene.end(seven.pid, .kill)
            try await scene.settle()
            let again = try need(try await rooms.children().first)
            try check(again != seven)
            let heir = try need(ServerRef<Worker>(try await scene.pid("Worker", again)))
            try check(try await heir.call { .number($0) }, is: 7)
            try await rooms.terminateChild(again)
            try check(!heir.isAlive)
            try check(try await rooms.children().count, is: 1)
        }
    }

    @Test func `what a start gives can be called, if it is taken for what it is`() {
        play { scene in
            let top = try await scene.start(Supervisor(.oneForAll) {})
            let pid = try need(try await top.startChild(Supervisor("branch", .oneForOne) {}))
            let branch = try need(SupervisorRef(pid))
            let worker = try need(try await branch.startChild(Worker.child { Worker(number: 7) }))
            try check(try await need(ServerRef<Worker>(worker)).call { .number($0) }, is: 7)
            try check(ServerRef<SupervisorBridge>(worker) == nil)
            try check(SupervisorRef(worker) == nil)
            try check(ServerRef<Worker>(pid) == nil)
            try check(try need(ServerRef<Worker>(worker)) == ServerRef<Worker>(try await scene.pid("Worker", branch)))
            try await scene.end(worker, .kill)
            try check(ServerRef<Worker>(worker) == nil)
        }
    }
}
