import OTP
import OTPTestKit
import Testing

/// Process tasks that belong to ordinary Swift tasks.
@Suite struct OrdinaryTaskTests {
    @Test("awaited by the Swift task that started it; a failure is thrown there and harms nobody") func value()
        async throws
    {
        #expect(try await ProcessTask.async { 42 }.value(timeout: nil) == 42)
        let failing = ProcessTask.async { () async throws -> Int in throw Broken("alone") }
        let failure = await #expect(throws: TaskFailure.self) { try await failing.value(timeout: nil) }
        #expect(failure?.underlying as? Broken == Broken("alone"))
        #expect(failing.owner != failing.pid)
        let (a, b) = try await ProcessTask.awaitMany(ProcessTask.async { 1 }, ProcessTask.async { "b" }, timeout: nil)
        #expect(a == 1 && b == "b")
    }

    @Test("TK-030 another Swift task, a child task and a process may not ask") func notOwner() async throws {
        let task = ProcessTask.async { 1 }
        let others = [
            await Task.detached { await task.result(timeout: nil) }.value,
            await withTaskGroup(of: Result<Int, TaskFailure>.self) { group in
                group.addTask { await task.result(timeout: nil) }
                return await group.next()!
            },
            try await ProcessTask.async { await task.result(timeout: nil) }.value(timeout: nil),
        ]
        for other in others {
            guard case .failure(let failure) = other, case .notOwner(task.owner) = failure.code else {
                Issue.record("\(other)")
                continue
            }
        }
        #expect(try await task.value(timeout: nil) == 1)
    }

    @Test("cancelling the Swift task that waits: it gets a CancellationError, and the work is ended") func cancel()
        async throws
    {
        let begun = AsyncStream.makeStream(of: PID.self)
        let waiter = Task {
            let task = ProcessTask.async { me in
                begun.continuation.yield(me.pid)
                try await me.rest()
            }
            try await task.value(timeout: nil)
        }
        let pid = try #require(await begun.stream.first { _ in true })
        let end = AsyncStream.makeStream(of: ExitReason.self)
        let watcher = spawn(receiving: DownMessage.self) { me in
            me.monitor(pid) { $0 }
            end.continuation.yield(try await me.receive().reason)
        }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        let reason = try #require(await end.stream.first { _ in true })
        // The monitor may have come after the end.
        #expect(reason.isSame(as: .shutdown) || reason.isSame(as: .noProcess))
        _ = await watcher.waitForEnd()
    }

    @Test("cancelling the Swift task that waits for several ends all of them") func cancelMany() throws {
        let virtual = VirtualNode(seed: 3)
        let lines = SceneLog()
        try virtual.perform {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    let tasks = (0..<3).map { _ in ProcessTask.async { try await $0.rest() } }
                    do { _ = try await ProcessTask.awaitMany(tasks, timeout: nil) } catch {
                        lines.note(SceneLog.short(error))
                    }
                }
                // Runs when the group's task waits for the three.
                _ = await spawn { try await $0.sleep(for: .seconds(1)) }.waitForEnd()
                group.cancelAll()
            }
        }
        try virtual.runUntilIdle()
        #expect(lines.lines == ["cancelled"])
        #expect(virtual.node.processCount == 0)
        try virtual.shutdown()
    }

    @Test("work whose handle is gone is ended: nobody can ask for its outcome any more") func droppedHandle() throws {
        let virtual = VirtualNode(seed: 1)
        let box = Locked<(PID?, ProcessTask<Void>?)>((nil, nil))
        try virtual.perform {
            let task = ProcessTask.async { try await $0.rest() }
            box.with { $0 = (task.pid, task) }
        }
        try virtual.runUntilIdle()
        #expect(virtual.node.isAlive(box.value.0!))
        box.with { $0.1 = nil }
        try virtual.runUntilIdle()
        #expect(!virtual.node.isAlive(box.value.0!))
        try virtual.shutdown()
    }

    @Test("supervised: an unlinked one runs on without its handle, a linked one does not") func supervised() throws {
        let virtual = VirtualNode(seed: 1)
        let tasks = TaskSupervisor("tasks")
        let count = try virtual.perform {
            try await tasks.start()
            _ = try await tasks.asyncNoLink { try await $0.rest() }
            _ = try await tasks.async { try await $0.rest() }
            // Whatever is to end has ended when the supervisor is through with it.
            _ = await spawn { try await $0.sleep(for: .seconds(1)) }.waitForEnd()
            return try await tasks.children().count
        }
        #expect(count == 1)
        try virtual.shutdown()
    }

    @Test("a stream in an ordinary loop: values in order; a failed item makes a linked one throw, an unlinked one not")
    func streams() async throws {
        var values: [Int] = []
        for try await outcome in ProcessTask.asyncStream(1...100, timeout: nil, body: { $0 * 2 }) {
            values.append(try outcome.get())
        }
        #expect(values == (1...100).map { $0 * 2 })
        let failing = ProcessTask.asyncStream([1, 2], timeout: nil) { item -> Int in
            if item == 2 { throw Broken() }
            return item
        }
        let failure = await #expect(throws: TaskFailure.self) { for try await _ in failing {} }
        #expect(failure?.underlying is Broken)
        let tasks = TaskSupervisor("tasks")
        let ref = try await tasks.start()
        var failed: [Int] = []
        for try await outcome in tasks.asyncStreamNoLink(
            1...9, timeout: nil, body: { if $0 % 3 == 0 { throw Broken() } })
        {
            if case .failure(let failure) = outcome { failed.append(failure.input) }
        }
        #expect(failed == [3, 6, 9])
        try await ref.stop()
    }

    @Test("cancelling the Swift task that runs a loop ends the loop with an error, and the items") func cancelStream()
        async throws
    {
        let begun = AsyncStream.makeStream(of: Void.self)
        let ended = AsyncStream.makeStream(of: Void.self)
        let loop = Task {
            let stream = ProcessTask.asyncStream([1], timeout: nil) { _ in
                ProcessTask.me!.whenEnded { _ in ended.continuation.finish() }
                begun.continuation.finish()
                try await ProcessTask.me!.rest()
            }
            for try await _ in stream {}
        }
        for await _ in begun.stream {}
        loop.cancel()
        await #expect(throws: CancellationError.self) { try await loop.value }
        for await _ in ended.stream {}
    }

    @Test("many at once, from many Swift tasks") func many() async throws {
        let sums = await withTaskGroup(of: Int.self) { group in
            for base in 0..<20 {
                group.addTask {
                    let tasks = (0..<50).map { number in ProcessTask.async { base + number } }
                    return (try? await ProcessTask.awaitMany(tasks, timeout: nil).reduce(0, +)) ?? -1
                }
            }
            return await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(sums == Set((0..<20).map { base in 50 * base + 1225 }))
    }

    @Test("killed while it ends and while it is awaited: one outcome, and the process is gone", arguments: 0..<8)
    func races(round: Int) async throws {
        struct Wrong: Error { let what: String }
        let owner = spawn(receiving: ExitMessage.self) { me in
            me.trapExits { $0 }
            for step in 0..<100 {
                let task = ProcessTask.async { me in
                    for _ in 0..<(step % 4) { try await me.yield() }
                    return step
                }
                let pid = task.pid!
                let killer = ProcessTask.async { [node = me.node] in node.sendExit(.kill, to: pid) }
                let result: Result<Int, TaskFailure>?
                switch (step + round) % 4 {
                case 0: result = await task.result(timeout: nil)
                case 1: result = await task.shutdown(.kill)
                case 2: result = await task.shutdown(.infinity)
                default: result = await task.poll(within: nil)
                }
                switch result {
                case .success(step), nil: break
                case .failure(let failure):
                    guard case .exited(.killed) = failure.code else { throw Wrong(what: "\(failure)") }
                default: throw Wrong(what: "\(String(describing: result))")
                }
                if me.node.isAlive(pid) { throw Wrong(what: "alive after its outcome") }
                try await killer.value(timeout: nil)
            }
        }
        #expect(await owner.waitForEnd()?.isNormal == true)
    }
}
