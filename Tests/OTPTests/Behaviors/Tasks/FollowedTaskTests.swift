import OTPTestKit
import Testing

@testable import OTP

@Suite("followed tasks") struct FollowedTaskTests {
    @Test(
        "TK-065 TK-073 a followed task that is shut down: asked to end, nil, and no message", arguments: [false, true])
    func shutdownOfFollowed(kills: Bool) throws {
        let lines = try trapped { me, journal in
            let task = ProcessTask.async { task -> Int in
                do { try await task.rest() } catch {
                    if !kills { journal.note("asked, alive \(task.node.isAlive(task.pid))") }
                    throw error
                }
                return 1
            }
            try me.follow(task) { .text("outcome \(SceneLog.short($0))") }
            try await me.sleep(for: .milliseconds(1))
            journal.note(SceneLog.short(await task.shutdown(kills ? .kill : .within(.seconds(5)))))
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == (kills ? [] : ["asked, alive true"]) + ["nothing", "[]"])
    }

    @Test("TK-046 a followed task may be polled: nothing yet, whatever the limit")
    func pollOfFollowed() throws {
        let lines = try played { me, journal in
            let task = ProcessTask.async { try await $0.sleep(for: .seconds(9)) }
            try me.follow(task) { .text(SceneLog.short($0)) }
            journal.note(SceneLog.short(await task.poll()))
            journal.note(SceneLog.short(await task.poll(within: .seconds(1))))
        }
        #expect(lines == ["nothing", "nothing"])
    }

    @Test("shutdown of unlinked tasks leaves nothing behind in an owner that traps exits")
    func shutdownOfUnlinkedLeaves() throws {
        let lines = try trapped { me, journal in
            let tasks = TaskSupervisor("tasks")
            let ref = try await tasks.start()
            for _ in 0..<3 {
                let task = try await tasks.asyncNoLink { try await $0.rest() }
                await task.shutdown()
            }
            _ = try await me.leftovers()
            let left = me.cell.guarding.withLock { me.cell.relations?.rare?.flushedExits.count ?? 0 }
            journal.note("\(left)")
            try await ref.stop()
        }
        #expect(lines == ["0"])
    }

    @Test(
        "an outcome that somebody waited for does not come as a message, and one that nobody waited for in the end does"
    )
    func waitTakesOutcome() throws {
        let lines = try played { me, journal in
            let (first, second) = (Self.after(1), Self.after(3))
            try me.follow(first) { .text("first \(SceneLog.short($0))") }
            try me.follow(second) { .text("second \(SceneLog.short($0))") }
            journal.note("\(try await first.value())")
            journal.note(SceneLog.short(await second.poll(within: .seconds(1))))
            journal.note("\(await ProcessTask.pollMany([second], within: .milliseconds(500)).map(SceneLog.short))")
            try await me.sleep(for: .seconds(1))
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["1", "nothing", "[\"nothing\"]", "[\"second ok 3\"]"])
    }

    @Test("a followed task that was waited for is freed, with all that its message would have been made of")
    func freed() throws {
        final class Held: Sendable {}
        let lines = try played { me, journal in
            weak var kept: Held?
            do {
                let held = Held()
                kept = held
                let task = Self.after(1)
                try me.follow(task) { _ in .text("\(held)") }
                journal.note("\(try await task.value())")
            }
            try await me.sleep(for: .seconds(1))
            journal.note("\(kept == nil)")
        }
        #expect(lines == ["1", "true"])
    }

    @Test("of several that are followed and polled together those beyond the limit are told of as messages")
    func beyondTheLimit() throws {
        let lines = try played { me, journal in
            let tasks = [1, 1, 1].map(Self.after)
            for task in tasks { try me.follow(task) { .text(SceneLog.short($0)) } }
            journal.note("\(await ProcessTask.pollMany(tasks, limit: 1).compactMap { $0 }.map { SceneLog.short($0) })")
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["[\"ok 1\"]", "[\"ok 1\", \"ok 1\"]"])
    }

    private static func after(_ seconds: Int) -> ProcessTask<Int> {
        ProcessTask.async { task in
            try await task.sleep(for: .seconds(seconds))
            return seconds
        }
    }
}
