import OTPTestKit
import Testing

@testable import OTP

/// Something that is lent.
private struct Handle: GenServer {
    enum Call: Sendable { case number(Reply<Int>) }
    enum Cast: Sendable { case fail }
    struct Lost: Error {}

    let number: Int

    func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .number(let reply): return reply(number)
        }
    }
    func handleCast(_ cast: Cast, _ me: Me) throws -> Next { throw Lost() }
}

/// Takes a second to end.
private struct Slow: GenServer {
    func terminate(reason: ExitReason, _ me: Me) async throws { try await me.sleep(for: .seconds(1)) }
}

@Suite struct PoolTests {
    /// Plays a scene with a pool that runs.
    private func pooled(
        _ size: Int, overflow: Int = 0, order: PoolOrder = .lifo, seeds: Range<UInt64> = 0..<4,
        _ body: @escaping @Sendable (Scene, Pool<Handle>) async throws -> Void
    ) {
        play(seeds: seeds) { scene in
            let pool = Pool("handles", size: size, overflow: overflow, order: order) { number, _ in
                Handle(number: number)
            }
            let supervisor = try await pool.startLink(scene.me)
            try await body(scene, pool)
            try await supervisor.stop()
        }
    }

    private static func status(_ pool: Pool<Handle>) async throws -> [Int] {
        let status = try await pool.status()
        return [status.idle, status.checkedOut, status.waiting, status.overflow]
    }

    @Test("a member is lent to one at a time and comes back when the closure returns or throws")
    func withResource() {
        pooled(2) { scene, pool in
            try check(try await Self.status(pool), is: [2, 0, 0, 0])
            let pair = try await pool.withResource { first in
                try await pool.withResource { second in
                    try check(first != second)
                    try check(try await Self.status(pool), is: [0, 2, 0, 0])
                    return try await [first.call { .number($0) }, second.call { .number($0) }]
                }
            }
            try check(pair.sorted(), is: [1, 2])
            do {
                try await pool.withResource { _ in throw Unmet(description: "mine") }
            } catch let error as Unmet { try check(error.description, is: "mine") }
            try check(try await Self.status(pool), is: [2, 0, 0, 0])
        }
    }

    @Test("who waits too long is told so and waits no longer; who does not wait is refused at once")
    func timeout() {
        pooled(1) { scene, pool in
            try await pool.withResource { _ in
                let begun = scene.me.node.now
                do {
                    try await pool.withResource(timeout: .seconds(2)) { _ in throw Unmet(description: "lent twice") }
                } catch let error as PoolError {
                    guard case .timeout = error.code else { throw error }
                }
                try check(scene.me.node.now - begun, is: .seconds(2))
                do {
                    try await pool.withResource(waits: false) { _ in throw Unmet(description: "lent twice") }
                } catch let error as PoolError {
                    guard case .full = error.code else { throw error }
                }
                try check(try await Self.status(pool), is: [0, 1, 0, 0])
            }
            try check(try await Self.status(pool), is: [1, 0, 0, 0])
        }
    }

    @Test("who waits gets what comes back, in the order of asking")
    func waiting() {
        pooled(1) { scene, pool in
            let lease = try await pool.checkOut()
            let ref = scene.me.ref
            for number in 1...3 {
                spawn { _ in try await pool.withResource { _ in ref.send(.text("\(number)")) } }
                while try await pool.status().waiting < number { try await scene.me.yield() }
            }
            lease.checkIn()
            lease.checkIn()
            for number in 1...3 {
                guard case .text("\(number)") = try await scene.me.receive() else { throw Unmet(description: "order") }
            }
            try check(try await Self.status(pool), is: [1, 0, 0, 0])
        }
    }

    @Test("over a thousand deaths of callers, with a member or waiting for one, nothing leaks")
    func callersDie() {
        pooled(3, overflow: 1, seeds: 0..<2) { scene, pool in
            for round in 0..<1_000 {
                let ref = scene.me.ref
                let callers = (0..<(round % 7 + 1)).map { _ in
                    spawn(receiving: Int.self) { me in
                        try await pool.withResource { _ in
                            ref.send(.text("has one"))
                            _ = try await me.receive()
                        }
                    }
                }
                for _ in 0..<min(callers.count, 4) { _ = try await scene.me.receive() }
                for caller in callers { caller.sendExit(round % 2 == 0 ? .kill : .shutdown) }
                if round % 100 == 99 { _ = try await pool.withResource { try await $0.call { .number($0) } } }
                while try await scene.me.receive(within: .zero) != nil {}
            }
            while try await pool.status().overflow > 0 { try await scene.me.yield() }
            try check(try await Self.status(pool), is: [3, 0, 0, 0])
        }
    }

    @Test("a cancelled task gives back what it has and waits no longer")
    func cancelled() async throws {
        let node = Node(name: "pool", workers: 2)
        try await node.with {
            // Nobody's time is over on a machine that is slow: then there would be nobody to be seen waiting.
            let pool = Pool<Handle>("handles", size: 1) { number, _ in Handle(number: number) }
            let supervisor = try await pool.start()
            let lease = try await pool.checkOut()
            let waiter = Task { try await pool.withResource(timeout: .seconds(1_000)) { _ in true } }
            while try await pool.status().waiting == 0 { await Task.yield() }
            waiter.cancel()
            await #expect(throws: CancellationError.self) { try await waiter.value }
            while try await pool.status().waiting > 0 { await Task.yield() }
            lease.checkIn()
            let holder = Task {
                try await pool.withResource(timeout: .seconds(1_000)) { _ in
                    while true { try await Task.sleep(for: .seconds(100)) }
                }
            }
            while try await pool.status().checkedOut == 0 { await Task.yield() }
            holder.cancel()
            await #expect(throws: CancellationError.self) { try await holder.value }
            while try await pool.status().checkedOut > 0 { await Task.yield() }
            #expect(try await pool.status().idle == 1)
            try await supervisor.stop()
        }
        await node.shutdown()
    }

    @Test("what a caller had comes back at its end, though somebody else still has the lease")
    func leaseOutlivesItsOwner() {
        pooled(1) { scene, pool in
            let kept = Locked<PoolLease<Handle>?>(nil)
            let owner = spawn { _ in
                let lease = try await pool.checkOut()
                kept.with { $0 = lease }
            }
            _ = await owner.waitForEnd()
            try check(kept.value != nil, is: true)
            try check(try await Self.status(pool), is: [1, 0, 0, 0])
            // What the lease says later is of no account: the member is another's.
            let next = try await pool.checkOut()
            kept.value?.checkIn()
            try check(try await Self.status(pool), is: [0, 1, 0, 0])
            next.checkIn()
        }
    }

    @Test("a lease that nobody has any more goes back")
    func droppedLease() {
        pooled(1) { scene, pool in
            var lease: PoolLease<Handle>? = try await pool.checkOut()
            try check(try await lease?.member.call { .number($0) }, is: 1)
            lease = nil
            try check(try await Self.status(pool), is: [1, 0, 0, 0])
        }
    }

    @Test("a member that fails is replaced; whoever had it is not answered, and the pool counts right")
    func memberFails() {
        pooled(2) { scene, pool in
            let lease = try await pool.checkOut()
            lease.member.cast(.fail)
            do {
                _ = try await lease.member.call { .number($0) }
                throw Unmet(description: "answered")
            } catch is CallError {}
            while try await pool.status().idle < 2 { try await scene.me.yield() }
            lease.checkIn()
            try check(try await Self.status(pool), is: [2, 0, 0, 0])
            let numbers = try await pool.withResource { first in
                try await pool.withResource { second in
                    try await [first.call { .number($0) }, second.call { .number($0) }]
                }
            }
            try check(numbers.sorted(), is: [1, 2])
        }
    }

    @Test("beyond its size it begins further members, up to its overflow, and ends them when they come back")
    func overflow() {
        pooled(1, overflow: 2) { scene, pool in
            var leases: [PoolLease<Handle>] = []
            for _ in 0..<3 { leases.append(try await pool.checkOut()) }
            var numbers: [Int] = []
            for lease in leases { numbers.append(try await lease.member.call { .number($0) }) }
            try check(numbers, is: [1, 2, 3])
            try check(try await pool.status().phase, is: .full)
            do { _ = try await pool.checkOut(waits: false) } catch let error as PoolError {
                guard case .full = error.code else { throw error }
            }
            let extra = leases[1].member
            let monitor = scene.watch(extra.pid)
            leases[1].checkIn()
            try check(try await scene.down(monitor), is: .shutdown)
            try check(try await Self.status(pool), is: [0, 2, 0, 1])
            leases[0].checkIn()
            try check(try await Self.status(pool), is: [1, 1, 0, 1])
        }
    }

    @Test("a further member that cannot begin is an error for who asked, and the pool goes on")
    func overflowFails() {
        play { scene in
            let pool = Pool("handles", size: 1, overflow: 1) { number, _ in
                if number > 1 { throw Handle.Lost() }
                return Handle(number: number)
            }
            let supervisor = try await pool.startLink(scene.me)
            let lease = try await pool.checkOut()
            do {
                _ = try await pool.checkOut()
                throw Unmet(description: "lent")
            } catch let error as PoolError {
                guard case .failedToStart = error.code else { throw error }
            }
            lease.checkIn()
            try check(try await Self.status(pool), is: [1, 0, 0, 0])
            try await supervisor.stop()
        }
    }

    @Test("the order of free members is last in, first out, or first in, first out")
    func order() {
        for (order, wanted) in [(PoolOrder.lifo, [3, 3, 3]), (.fifo, [1, 2, 3])] {
            pooled(3, order: order) { scene, pool in
                var numbers: [Int] = []
                for _ in 0..<3 { numbers.append(try await pool.withResource { try await $0.call { .number($0) } }) }
                try check(numbers, is: wanted)
            }
        }
    }

    @Test("a pool that does not run says so, one for nobody does not start, and its members may have names")
    func edges() {
        play { scene in
            let pool = Pool<Handle>(
                "named", size: 2, memberName: { ServerName("handle \($0)") },
                of: { number, _ in Handle(number: number) })
            do { _ = try await pool.status() } catch let error as PoolError {
                guard case .notRunning = error.code else { throw error }
            }
            let tree = try await scene.start(Supervisor(.oneForOne) { pool })
            try check(try await ServerName<Handle>("handle 2").call { .number($0) }, is: 2)
            try check(try await pool.withResource { try await $0.call { .number($0) } }, is: 2)
            try await tree.stop()
            do { _ = try await pool.checkOut() } catch let error as PoolError {
                guard case .notRunning = error.code else { throw error }
            }
            for (size, overflow) in [(0, 0), (-1, 2), (2, -1)] {
                let none = Pool<Handle>("none", size: size, overflow: overflow) { number, _ in Handle(number: number) }
                do {
                    _ = try await none.start()
                    throw Unmet(description: "started")
                } catch let error as PoolError {
                    guard case .invalidSize = error.code else { throw error }
                }
            }
        }
    }

    @Test("a pool whose parent was killed and whose members take their time to end is started again, at the first try")
    func parentKilled() {
        play { scene in
            let pool = Pool<Slow>("slow", size: 2) { _, _ in Slow() }
            let tree = try await scene.start(
                Supervisor(.oneForOne, restarts: .atMost(1, in: .seconds(3_600))) {
                    Supervisor("inner", .oneForOne) { pool }
                })
            let inner = try await tree.pid(of: "inner")
            if let inner { scene.me.sendExit(.kill, to: inner) }
            while (try? await pool.status().idle) != 2 { try await scene.me.sleep(for: .milliseconds(100)) }
            try check(try await tree.pid(of: "inner") != inner, is: true)
            try await tree.stop()
        }
    }

    @Test("so is one whose own process was killed as well: no member begins beside those that still end")
    func parentAndServerKilled() {
        play { scene in
            let pool = Pool<Slow>("slow", size: 2) { _, _ in Slow() }
            let tree = try await scene.start(
                Supervisor(.oneForOne, restarts: .atMost(1, in: .seconds(3_600))) {
                    Supervisor("inner", .oneForOne) { pool }
                })
            let node = scene.me.node
            if let inner = try await tree.pid(of: "inner") { scene.me.sendExit(.kill, to: inner) }
            for pid in node.processes where Node.cell(pid) is BehaviorCell<PoolServer<Slow>> {
                scene.me.sendExit(.kill, to: pid)
            }
            while (try? await pool.status().idle) != 2 { try await scene.me.sleep(for: .milliseconds(100)) }
            try check(node.processes.filter { Node.cell($0) is BehaviorCell<Slow> }.count, is: 2)
            try await tree.stop()
        }
    }

    @Test("when the pool's own process fails all begins anew")
    func serverFails() {
        pooled(2) { scene, pool in
            let lease = try await pool.checkOut()
            let monitor = scene.watch(lease.member.pid)
            for pid in scene.me.node.processes {
                if Node.cell(pid) is BehaviorCell<PoolServer<Handle>> { scene.me.sendExit(.kill, to: pid) }
            }
            _ = try await scene.down(monitor)
            while (try? await pool.status().idle) != 2 { try await scene.me.yield() }
            lease.checkIn()
            try check(try await Self.status(pool), is: [2, 0, 0, 0])
        }
    }
}
