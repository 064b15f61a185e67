import OTP
import OTPTestKit
import Patterns
import Synchronization
import Testing

/// What the tests' work leaves behind.
private final class Notes<Note: Sendable>: Sendable {
    private let notes = Mutex<[Note]>([])
    var all: [Note] { notes.withLock { $0 } }
    func add(_ note: Note) { notes.withLock { $0.append(note) } }
}

private struct NotNow: Error {}

extension AgentName<[String: Job]> { fileprivate static var jobs: Self { "job store" } }

/// A store that outlives its queue, as a table would.
private let storeInAgent = JobStore(
    load: { try await AgentName.jobs.get { $0.values.sorted { $0.id < $1.id } } },
    save: { job in try await AgentName.jobs.update { $0[job.id] = job } },
    remove: { job in try await AgentName.jobs.update { $0[job.id] = nil } })

@Suite struct BackgroundTests {
    @Test("Receipt mails: nobody waits for one, and one that fails is sent again") func mails() throws {
        let virtual = VirtualNode()
        let sent = Notes<Int>()
        try virtual.run { me in
            let mails = ReceiptMails { order in
                sent.add(order)
                if sent.all == [1] { throw NotNow() }
            }
            let tree = try await Supervisor(.oneForOne) { mails.tasks }.start()
            try await mails.send(order: 1)
            while sent.all.count < 2 { try await me.sleep(for: .milliseconds(1)) }
            try await mails.send(order: 2)
            while try await mails.tasks.childCounts().active > 0 { try await me.sleep(for: .milliseconds(1)) }
            try await tree.stop()
        }
        #expect(sent.all == [1, 1, 2])
    }

    @Test("Job queue: a job that fails is tried again later and later, and given up in the end") func retries() throws {
        let virtual = VirtualNode()
        let attempts = Notes<(Int, Duration)>()
        try virtual.run { me in
            try await Agent.start(name: .jobs) { [:] }
            let queue = try await JobQueue.start {
                try await JobQueue(storeInAgent, .init(attempts: 3)) { job in
                    attempts.add((job.failures, ProcessTask.me?.node.now ?? .zero))
                    throw NotNow()
                }
            }
            let begun = me.node.now
            try await queue.add("order 7", "mail")
            try await queue.add("order 7", "mail")
            try await me.sleep(for: .seconds(60))
            #expect(attempts.all.map(\.0) == [0, 1, 2])
            #expect(attempts.all.map { $0.1 - begun } == [.zero, .seconds(1), .seconds(3)])
            let status = try await queue.status()
            #expect(status.givenUp == [Job(id: "order 7", payload: "mail", failures: 3)])
            #expect(status.waiting == 0 && status.running == 0)
            // It stays where somebody can look at it.
            #expect(try await AgentName.jobs.get { $0.count } == 1)
        }
        try virtual.shutdown()
    }

    @Test("Job queue: never more at once than there are workers, and a restart goes on with what was not done")
    func restart() throws {
        let virtual = VirtualNode()
        let done = Notes<String>()
        let most = Notes<Int>()
        let running = Mutex(0)
        try virtual.run { me in
            try await Agent.start(name: .jobs) { [:] }
            let name: ServerName<JobQueue> = "jobs"
            let tree = try await Supervisor(.oneForOne) {
                JobQueue.child(name: name) {
                    try await JobQueue(storeInAgent, .init(workers: 2)) { job in
                        most.add(
                            running.withLock {
                                $0 += 1
                                return $0
                            })
                        defer { running.withLock { $0 -= 1 } }
                        try await ProcessTask.me?.sleep(for: .seconds(10))
                        done.add(job.payload)
                    }
                }
            }.start()
            for number in 1...5 { try await name.add("\(number)", "job \(number)") }
            try await me.sleep(for: .seconds(15))
            #expect(done.all == ["job 1", "job 2"])
            #expect(try await name.status() == JobQueue.Status(waiting: 1, running: 2))
            name.sendExit(.kill)
            try await me.sleep(for: .seconds(25))
            #expect(done.all.sorted() == (1...5).map { "job \($0)" })
            #expect(try await AgentName.jobs.get { $0.isEmpty })
            #expect(most.all.max() == 2)
            try await tree.stop()
        }
        try virtual.shutdown()
    }

    @Test("Stage: a producer is never ahead by more than fits, and takes up as consumers do") func backPressure() throws
    {
        let virtual = VirtualNode()
        let produced = Notes<Int>()
        let consumed = Notes<Int>()
        try virtual.run { me in
            let next = Mutex(0)
            let numbers: ServerName<Stage<Int>> = "numbers"
            let tree = pipeline(
                numbers, capacity: 3, consumers: 1,
                producing: {
                    let number = next.withLock {
                        $0 += 1
                        return $0
                    }
                    if number > 10 { return nil }
                    produced.add(number)
                    return number
                },
                consuming: { number in
                    try await ProcessTask.me?.sleep(for: .seconds(1))
                    consumed.add(number)
                })
            let ref = try await tree.start()
            try await me.sleep(for: .milliseconds(2_500))
            // Two are done, one is being done, three lie in the stage, one waits in the producer's hands.
            #expect(consumed.all == [1, 2])
            #expect(produced.all == Array(1...7))
            try await me.sleep(for: .seconds(20))
            #expect(consumed.all == Array(1...10))
            try await ref.stop()
        }
    }

    @Test("Stage: a consumer that fails loses what it had in hand, and nobody else loses anything") func failing()
        throws
    {
        let virtual = VirtualNode()
        let consumed = Notes<Int>()
        try virtual.run { me in
            let next = Mutex(0)
            let numbers: ServerName<Stage<Int>> = "numbers"
            let tree = pipeline(
                numbers, capacity: 2, consumers: 2, demand: 1,
                producing: {
                    next.withLock {
                        $0 += 1
                        return $0 > 100 ? nil : $0
                    }
                },
                consuming: { number in
                    if number == 50 { throw NotNow() }
                    consumed.add(number)
                })
            let ref = try await tree.start()
            while consumed.all.count < 99 { try await me.sleep(for: .milliseconds(1)) }
            #expect(consumed.all.sorted() == (1...100).filter { $0 != 50 })
            try await ref.stop()
        }
    }

    @Test("Stage: who has given up waiting gets nothing, and nothing is lost with him") func givenUp() throws {
        let virtual = VirtualNode()
        let taken: [Int] = try virtual.perform {
            let stage = try await Stage<Int>.start { Stage(capacity: 1) }
            await #expect(throws: CallError.self) {
                try await stage.call(timeout: .milliseconds(1)) { .take(upTo: 1, $0) }
            }
            try await stage.offer(1)
            stage.finish()
            await #expect(throws: Stage<Int>.Closed.self) { try await stage.offer(2) }
            return try await stage.take(upTo: 5) + stage.take(upTo: 5)
        }
        #expect(taken == [1])
    }
}
