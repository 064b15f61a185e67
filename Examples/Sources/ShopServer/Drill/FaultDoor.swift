import Hummingbird
import OTP
import ShopCore
import ShopStore
import Synchronization

/// The door that a drill comes in by. It is there only if the shop was started with a token, and opens only to it.
struct FaultDoor: Sendable {
    let token: String
    let connections: ConnectionPool
    let disk: DiskSpace
    let carts: Carts
    let sessions: Sessions
    let events: OrderEvents
    let checkout: Checkout
    let reports: ShopReports

    private struct Order: Decodable { let kind: String, role: String, index: Int }
    private struct Hit: Encodable {
        let process: String
        /// Milliseconds that went by before it was hit.
        var waited: Double?
    }
    private struct Open: Encodable { let open: Int }
    private struct Counts: Encodable {
        let restarts: Int
        let kept: Int
        /// Connections that somebody has, or that are not there.
        let lent: Int?
        /// Order events that did not come to a handler that was there.
        let lostEvents: Int
        /// Messages that wait in all mailboxes.
        let queued: Int
    }

    func add(to routes: some RouterMethods<ShopContext>) {
        if let checkpoints = checkout.checkpoints { CheckpointRoutes(checkpoints: checkpoints).add(to: routes) }
        routes.post("/") { request, _ in
            let order = try await request.read(Order.self)
            if order.kind == "kill-payment" { return Answer.json(try await killPayment()) }
            guard let target = await target(order.role, order.index), let pid = target.pid else {
                throw Problem.conflict("nobody_there", "there is no \(order.role) to hit just now")
            }
            if order.kind == "kill-before-write" {
                return Answer.json(try await killBeforeWrite(order.index))
            }
            if order.role == "web" {
                // It has to answer this first.
                Task {
                    try await Task.sleep(for: .milliseconds(20))
                    try hit(target, pid, order.kind)
                }
            } else {
                try hit(target, pid, order.kind)
            }
            return Answer.json(Hit(process: target.life ?? pid.description))
        }
        routes.get("/parts/{role}/{index}") { _, context in
            let role = try context.name("role", "a role")
            guard let process = await target(role, Int(try context.name("index", "an index")) ?? 0)?.serving() else {
                throw Problem.unavailable("not_serving", "\(role) does not serve just now")
            }
            return Answer.json(Hit(process: process))
        }
        routes.get("/counts") { _, _ in
            let idle = try? await connections.pool.status().idle
            return Answer.json(
                Counts(
                    restarts: reports.restarts, kept: reports.kept.load(ordering: .relaxed),
                    lent: idle.map { ConnectionPool.size - $0 }, lostEvents: events.lost,
                    queued: Node.current.snapshots().reduce(0) { $0 + $1.mailboxCount }))
        }
        // Payments of which it is not known what the bank did.
        routes.get("/open") { _, _ in
            Answer.json(Open(open: try await checkout.payments.books.openOrders().count))
        }
        routes.get("/keep/{milliseconds}") { _, context in
            let time = Int(try context.name("milliseconds", "a time")) ?? 0
            reports.kept.wrappingAdd(1, ordering: .relaxed)
            defer { reports.kept.wrappingSubtract(1, ordering: .relaxed) }
            try await Task.sleep(for: .milliseconds(min(time, 60_000)))
            return Answer.text("kept for \(time) ms\n")
        }
        routes.get("/hang") { _, _ -> Response in
            reports.kept.wrappingAdd(1, ordering: .relaxed)
            await Forever.wait()
            return Answer.text("never")
        }
    }

    private func hit(_ target: Target, _ pid: PID, _ kind: String) throws {
        switch kind {
        case "throw" where target.breakDown != nil: target.breakDown?()
        case "cut-connection" where target.cut != nil: target.cut?()
        case "stall-source" where target.stall != nil: target.stall?()
        case "break-handler" where target.breakHandler != nil: target.breakHandler?()
        case "fill-disk" where target.fill != nil: target.fill?()
        case "hang" where target.hang != nil: target.hang?()
        case "kill-worker" where target.isWorker: Node.current.sendExit(.kill, to: pid)
        case "kill-supervisor" where !target.isWorker: Node.current.sendExit(.kill, to: pid)
        default: throw Problem.invalid("bad_fault", "'\(kind)' cannot be done to that")
        }
    }

    /// What a role and an index mean at this moment.
    private func target(_ role: String, _ index: Int) async -> Target? {
        switch role {
        case "cart": await oneOf(carts.supervisor, index).map { Target($0, breakDown: .breakDown) }
        case "session": await oneOf(sessions.supervisor, index).map { Target($0, breakDown: .breakDown) }
        // That it serves is seen by whoever asks: it has to answer.
        case "web": await Target(child: WebServer.id, of: .shop)
        case "connections":
            await Target(child: ConnectionPool.id, of: .storage, isWorker: false) {
                try await connections.answers(within: .seconds(1))
            }
        case "metrics": await Target(metrics: events.manager)
        case "payment": await oneOf(checkout.payments.supervisor, index).map { Target($0, breakDown: .breakDown) }
        default: checkout.target(role) ?? permanent(role, index)
        }
    }

    private func permanent(_ role: String, _ index: Int) -> Target? {
        switch role {
        case "limiter":
            Target(ServerName.limiter, breakDown: .breakDown) { name in
                _ = try await name.call(timeout: .seconds(1)) { .take(client: "drill", $0) }
            }
        case "catalog":
            Target(ServerName.catalog, breakDown: .breakDown) { name in
                _ = try await name.call(timeout: .seconds(1)) { .size($0) }
            }
        case "connection" where (1...ConnectionPool.size).contains(index): connection(index)
        case "database": Target(ServerName.storage, hang: .hang)
        case "disk": fullDisk()
        case "configuration": configuration()
        case "suggestions": suggestions()
        case "storage": Target(supervisor: .storage) { [1, 5, 10].allSatisfy { ServerName.connection($0).pid != nil } }
        case "front": Target(supervisor: .front) { ServerName.limiter.pid != nil && ServerName.catalog.pid != nil }
        case "profiles":
            Target(supervisor: .profiles) { ServerName.suggestions.pid != nil && SupervisorName.sources.ref != nil }
        case "manager": Target(ServerName.orderEvents) { _ in try await handlersAreThere() }
        case "handlers":
            Target(ServerName.orderHandlers, breakDown: .breakDown) { _ in try await handlersAreThere() }
        case "events":
            Target(supervisor: .orderEvents) {
                ServerName.orderEvents.pid != nil && ServerName.orderHandlers.pid != nil
            }
        case "carts": Target(starting: carts.supervisor)
        case "sessions": Target(starting: sessions.supervisor)
        default: nil
        }
    }

    private func handlersAreThere() async throws {
        guard try await events.manager.handlers().count == 2 else { throw CallError(.noProcess) }
    }

    private func connection(_ index: Int) -> Target {
        let name = ServerName.connection(index)
        var target = Target(name, breakDown: .breakDown) { name in
            try await name.call(timeout: .seconds(1)) { .check($0) }
        }
        target.cut = { name.cast(.cut) }
        return target
    }

    /// No room for a while; it serves again when there is.
    private func fullDisk() -> Target {
        var target = Target(ServerName.storage) { [disk] _ in if disk.isFull { throw Broken() } }
        target.fill = { [disk] in
            disk.isFull = true
            Task {
                try? await Task.sleep(for: .milliseconds(400))
                disk.isFull = false
            }
        }
        return target
    }

    /// Kills a connection that is about to write an order. What it was about to do it does after its death.
    private func killBeforeWrite(_ index: Int) async throws -> Hit {
        let name = ServerName.connection(index)
        let gate = WriteGate()
        let start = ContinuousClock.now
        name.cast(.hold(gate))
        guard await gate.isReached(within: .seconds(1)), let pid = name.pid else {
            throw Problem.conflict("nobody_there", "connection \(index) has no order to write just now")
        }
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        Node.current.sendExit(.kill, to: pid)
        Task {
            try? await Task.sleep(for: .milliseconds(100))
            gate.open()
        }
        return Hit(process: pid.description, waited: Double(seconds) * 1_000 + Double(attoseconds) / 1e15)
    }

    /// Kills a payment that has the bank's answer and is about to write it down.
    private func killPayment() async throws -> Hit {
        let start = ContinuousClock.now
        guard let checkpoints = checkout.checkpoints,
            let pid = await checkpoints.holdNext(at: .beforeFinal, within: .seconds(1))
        else { throw Problem.conflict("nobody_there", "there is no payment to settle just now") }
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        Node.current.sendExit(.kill, to: pid)
        checkpoints.release()
        return Hit(process: pid.description, waited: Double(seconds) * 1_000 + Double(attoseconds) / 1e15)
    }

    private func configuration() -> Target {
        var target = Target(AgentName.configuration) { name in _ = try await name.get(timeout: .seconds(1)) }
        target.breakDown = { AgentName.configuration.cast { _ in throw Broken() } }
        return target
    }

    private func suggestions() -> Target {
        var target = Target(ServerName.suggestions, breakDown: .breakDown) { name in
            _ = try await name.call(timeout: .seconds(1)) { .suggest(count: 1, without: [], $0) }
        }
        target.stall = { ServerName.suggestions.cast(.stall(until: .now + .milliseconds(700))) }
        return target
    }

    private func oneOf<A, S>(_ supervisor: DynamicSupervisor<A, ServerRef<S>>, _ index: Int) async -> ServerRef<S>? {
        guard let all = try? await supervisor.children(), !all.isEmpty else { return nil }
        return all[index % all.count]
    }
}
