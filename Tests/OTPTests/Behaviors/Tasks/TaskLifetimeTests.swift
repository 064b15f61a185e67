import OTP
import OTPTestKit
import Testing

@Suite struct TaskLifetimeTests {
    @Test("what the body of a task holds is freed when that has ended, and so is its process")
    func bodies() throws {
        let freed = Locked<[String]>([])
        try VirtualNode(seed: 1).run { me in
            let tasks = TaskSupervisor("tasks")
            let supervisor = try await tasks.start()
            func one(_ name: String, _ start: (Canary) async throws -> ProcessTask<Int>) async throws {
                let task = try await start(Canary(name, freed))
                #expect(try await task.value() == 1)
            }
            try await one("linked") { canary in ProcessTask.async { canary.sing() } }
            try await one("below a supervisor") { canary in try await tasks.async { canary.sing() } }
            try await one("unlinked") { canary in try await tasks.asyncNoLink { canary.sing() } }
            let gone = freed.value
            #expect(gone == ["linked", "below a supervisor", "unlinked"])
            try await supervisor.stop()
        }
    }

    @Test("so it is while somebody still refers to the process") func referredTo() throws {
        let freed = Locked<[String]>([])
        try VirtualNode(seed: 1).run { me in
            func start() -> ProcessRef<Never> {
                let canary = Canary("ended", freed)
                return spawn { _ in _ = canary.sing() }
            }
            let process = start()
            try await me.sleep(for: .nanoseconds(1))
            // Or the last look at it would free the process, and its body with that.
            withExtendedLifetime(process) {
                #expect(!process.isAlive)
                #expect(freed.value == ["ended"])
            }
        }
    }

    @Test("a body that refers to its own process does not keep it") func refersToItself() throws {
        let freed = Locked<[String]>([])
        try VirtualNode(seed: 1).run { me in
            func one() {
                let canary = Canary("knows itself", freed)
                let itself = Locked<ProcessRef<Never>?>(nil)
                let process = spawn { _ in withExtendedLifetime(itself) { _ = canary.sing() } }
                itself.with { $0 = process }
            }
            one()
            try await me.sleep(for: .nanoseconds(1))
            #expect(freed.value == ["knows itself"])
        }
    }

    @Test("so it is when the task is killed before its body has begun") func neverBegun() throws {
        let freed = Locked<[String]>([])
        try VirtualNode(seed: 1).run { me in
            func one() -> ProcessRef<Never> {
                let canary = Canary("killed", freed)
                let process = spawn { _ in _ = canary.sing() }
                process.sendExit(.kill)
                return process
            }
            let process = one()
            try await me.sleep(for: .nanoseconds(1))
            withExtendedLifetime(process) { #expect(freed.value == ["killed"]) }
        }
    }
}

/// Tells when it is freed.
private final class Canary: Sendable {
    private let name: String
    private let freed: Locked<[String]>

    init(_ name: String, _ freed: Locked<[String]>) {
        self.name = name
        self.freed = freed
    }

    deinit { freed.with { $0.append(name) } }

    func sing() -> Int { 1 }
}
