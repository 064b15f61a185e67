import Dispatch
import Synchronization
import Testing

@testable import OTP

private final class Made: Sendable {
    let task = Mutex<ProcessTask<Int>?>(nil)
}

private final class Flag: Sendable {
    let isUp = Atomic(false)
}

/// Tasks that were started outside any process and any Swift task, and so belong to all code that is no process.
@Suite struct AbandonedTaskTests {
    @Test(arguments: [false, true]) func `who waits for a task that another gives up learns of it`(
        isIgnored: Bool
    ) async {
        for _ in 0..<50 {
            let made = Made()
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    let task = ProcessTask<Int>.async { me in
                        try await me.sleep(for: .seconds(3600))
                        return 1
                    }
                    made.task.withLock { $0 = task }
                    continuation.resume()
                }
            }
            guard let task = made.task.withLock({ $0 }) else { preconditionFailure() }
            let flag = Flag()
            let (first, second) = await withTaskGroup(of: Result<Int, TaskFailure>?.self) { group in
                group.addTask {
                    flag.isUp.store(true, ordering: .releasing)
                    // A limit only so that one who is not told fails, and does not wait for ever.
                    return await task.result(timeout: .seconds(20))
                }
                group.addTask {
                    while !flag.isUp.load(ordering: .acquiring) { await Task.yield() }
                    // Now it waits, or is about to: it must learn of it either way.
                    for _ in 0..<20 { await Task.yield() }
                    if isIgnored { return task.ignore() }
                    _ = await task.result(timeout: .zero)
                    return nil
                }
                return (await group.next()!, await group.next()!)
            }
            task.core.cell?.kill()
            guard case .failure(let failure) = first ?? second, case .alreadyTaken = failure.code else {
                Issue.record("\(String(describing: first)), \(String(describing: second))")
                return
            }
        }
    }

    @Test func `a task that is started on a node that has been shut down holds on to nothing`() async {
        final class Witness: Sendable {}
        let node = Node(name: "gone")
        _ = await node.shutdown()
        weak var witness: Witness?
        await node.with {
            let held = Witness()
            witness = held
            let task = ProcessTask<Void>.async { withExtendedLifetime(held) {} }
            guard case .failure(let failure) = await task.result(timeout: nil), case .exited(.shutdown) = failure.code
            else {
                Issue.record("a task ran on a node that has been shut down")
                return
            }
        }
        #expect(witness == nil)
    }
}
