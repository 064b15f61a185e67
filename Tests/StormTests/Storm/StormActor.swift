import OTP

/// A process of a storm as its own code sees it: does deeds, and writes down what it does and sees.
///
/// A line goes before each deed and after each sighting. After a deed the actor looks whether its process still
/// lives: if not it stops there, so that every deed but the last is known to have taken effect.
final class StormActor<B: ProcessBehavior> where B.Info == StormInfo {
    let id: Int
    let world: StormWorld
    let pen: StormWorld.Pen
    private(set) var monitors: [Int: (ref: MonitorRef, target: Int)] = [:]
    private var linked: [Int] = []
    private var aliases: [(Int, ProcessAlias<B>)] = []
    private(set) var timers: [(Int, TimerRef)] = []
    private var kept: [(Int, Reply<Int>)] = []
    private(set) var stages: [Int: Int] = [:]
    private var scratch: UInt32 = 0

    init(id: Int, world: StormWorld) {
        self.id = id
        self.world = world
        pen = world.pen(for: id)
    }

    // MARK: seeing

    nonisolated(nonsending) func see(_ info: StormInfo, _ me: ProcessContext<B>) async throws {
        switch info {
        case .go: break
        case .message(let x, let orders):
            try note(.got(x), me)
            try answerKept(me)
            for order in orders { try await perform(order, me) }
        case .barrier(let x, let stage):
            try note(.got(x), me)
            stages[stage, default: 0] += 1
        case .down(let m, let q, let reason):
            try note(.down(m, of: q, reason: reason), me)
            monitors[m] = nil
        case .exit(let pid, let reason):
            guard let q = world.id(of: pid) else { return }
            try note(.exit(q, reason: reason), me)
        case .answer(let x, let call, let reply):
            try note(.got(x), me)
            try answer(call, reply, me)
        }
    }

    nonisolated(nonsending) func see(
        call: Int, _ plan: Deed.Plan, _ orders: [Deed], _ reply: Reply<Int>, _ me: ProcessContext<B>
    ) async throws {
        try note(.request(call), me)
        switch plan {
        case .reply: try answer(call, reply, me)
        case .replyTwice:
            try answer(call, reply, me)
            try answer(call, reply, me)
        case .drop: break
        case .keep: kept.append((call, reply))
        case .handOver:
            guard let other = world.worker(UInt32(truncatingIfNeeded: call &* 7919), for: id) else { break }
            let x = world.fresh()
            try note(.send(x, to: other.id), me)
            other.send(.answer(x, call: call, reply))
        case .replyLast:
            for order in orders { try await perform(order, me) }
            try answer(call, reply, me)
        case .replyFirst:
            try answer(call, reply, me)
            for order in orders { try await perform(order, me) }
        case .die: try die(UInt32(truncatingIfNeeded: call), me)
        }
    }

    private func answer(_ call: Int, _ reply: Reply<Int>, _ me: ProcessContext<B>) throws {
        let value = world.fresh()
        try note(.reply(call, value: value), me)
        reply(value)
    }

    private func answerKept(_ me: ProcessContext<B>) throws {
        for (call, reply) in kept { try answer(call, reply, me) }
        kept = []
    }

    // MARK: doing

    nonisolated(nonsending) func perform(_ deed: Deed, _ me: ProcessContext<B>) async throws {
        try me.checkAlive()
        switch deed.kind {
        case .link, .unlink, .monitor, .demonitor, .demonitorKeeping, .isAlive: try relate(deed, me)
        case .exit, .exitSelf, .kill, .die, .trap, .untrap: try end(deed, me)
        case .send, .tell, .sendNamed, .sendAlias, .timer, .cancel: try send(deed, me)
        case .register, .unregister, .whereIs, .alias, .aliasOnce, .unalias: try name(deed, me)
        case .spawn: try await spawn(deed, me)
        case .call: try await call(deed, me)
        case .work:
            var sum: UInt32 = 0
            for i in 0..<(deed.pick % 2_000) { sum = sum &* 31 &+ i }
            scratch = sum
        case .yield: for _ in 0..<(deed.pick % 5) { await Task.yield() }
        case .hang: await Hang.untilCancelled()
        }
        try me.checkAlive()
    }

    private func relate(_ deed: Deed, _ me: ProcessContext<B>) throws {
        switch deed.kind {
        case .link:
            guard let other = world.target(deed.pick, for: id) else { return }
            pen.write(.link(other.id))
            var outcome: [String] = []
            do { try me.link(to: other.pid) } catch let error as CallError {
                guard case .noProcess = error.code else { throw error }
                outcome = ["noproc"]
            }
            try finish(outcome, me)
            linked.append(other.id)
        case .unlink:
            guard let q = pick(linked, deed.pick), let other = world.handle(q) else { return }
            pen.write(.unlink(q))
            me.unlink(from: other.pid)
            try finish([], me)
        case .monitor:
            guard let other = world.target(deed.pick, for: id) else { return }
            monitor(other, me)
        case .demonitor, .demonitorKeeping:
            guard let m = pick(monitors.keys.sorted(), deed.pick), let (ref, _) = monitors[m] else { return }
            pen.write(.demonitor(m, flush: deed.kind == .demonitor))
            me.demonitor(ref, flush: deed.kind == .demonitor)
            monitors[m] = nil
            try finish([], me)
        default:
            guard let other = world.target(deed.pick, for: id) else { return }
            pen.write(.isAlive(other.id))
            try finish([String(world.node.isAlive(other.pid))], me)
        }
    }

    func monitor(_ other: StormWorld.Handle, _ me: ProcessContext<B>) {
        let m = world.fresh()
        pen.write(.monitor(m, of: other.id))
        let ref = me.monitor(other.pid) { [q = other.id] in .down(m, of: q, $0.reason.stormName) }
        monitors[m] = (ref, other.id)
    }

    private func end(_ deed: Deed, _ me: ProcessContext<B>) throws {
        switch deed.kind {
        case .exit:
            guard let other = world.target(deed.pick, for: id) else { return }
            signal(other.id, other.pid, reason(deed.pick >> 3), me)
        case .kill:
            guard let other = world.worker(deed.pick, for: id) else { return }
            signal(other.id, other.pid, "kill", me)
        case .exitSelf: signal(id, me.pid, deed.pick & 8 == 0 ? "kill" : reason(deed.pick >> 3), me)
        case .die: try die(deed.pick, me)
        default:
            pen.write(.trap(deed.kind == .trap))
            if deed.kind == .trap { trap(me) } else { me.untrapExits() }
        }
    }

    func trap(_ me: ProcessContext<B>) { me.trapExits { .exit($0.pid, $0.reason.stormName) } }

    func signal(_ q: Int, _ pid: PID, _ reason: String, _ me: ProcessContext<B>) {
        pen.write(.signal(q, reason: reason))
        me.sendExit(reason == "kill" ? .kill : .reason(ExitReason(storm: reason)), to: pid)
    }

    private func die(_ pick: UInt32, _ me: ProcessContext<B>) throws {
        try me.checkAlive()
        let reason = pick & 12 == 0 ? "kill" : reason(pick >> 4)
        pen.write(.die(reason: reason))
        throw Exit(ExitReason(storm: reason))
    }

    private func reason(_ pick: UInt32) -> String {
        switch pick % 12 {
        case 0: "normal"
        case 1: "shutdown"
        default: "r\(world.fresh())"
        }
    }

    private func send(_ deed: Deed, _ me: ProcessContext<B>) throws {
        let x = world.fresh()
        switch deed.kind {
        case .send:
            guard let other = world.target(deed.pick, for: id) else { return }
            pen.write(.send(x, to: other.id))
            other.send(.message(x, orders: []))
        case .tell:
            guard let other = world.worker(deed.pick, for: id) else { return }
            pen.write(.send(x, to: other.id))
            other.send(.message(x, orders: deed.orders))
        case .sendNamed:
            let name = stormName(deed.pick)
            pen.write(.sendNamed(x, to: name))
            let holder = ServerName<StormServer>(name).whereIs()
            holder?.send(.message(x, orders: []))
            try finish(holder == nil ? ["none"] : [], me)
        case .sendAlias:
            guard let (alias, send) = world.alias(deed.pick) else { return }
            pen.write(.sendAlias(x, to: alias))
            send(.message(x, orders: []))
        case .timer:
            let delays: [Duration] = [
                .zero, .zero, .microseconds(200), .milliseconds(1), .milliseconds(3), .seconds(9),
            ]
            pen.write(.timer(x))
            timers.append((x, me.send(.message(x, orders: []), after: delays[Int(deed.pick) % delays.count])))
        default:
            guard let (x, ref) = pick(timers, deed.pick) else { return }
            try cancel(x, ref, me)
        }
    }

    func cancel(_ x: Int, _ ref: TimerRef, _ me: ProcessContext<B>) throws {
        pen.write(.cancel(x))
        timers.removeAll { $0.0 == x }
        try finish([ref.cancel() == nil ? "gone" : "left"], me)
    }

    private func stormName(_ pick: UInt32) -> String { "n\(pick % 4)" }

    private func name(_ deed: Deed, _ me: ProcessContext<B>) throws {
        switch deed.kind {
        case .register:
            guard let other = world.worker(deed.pick, for: -1, serversOnly: true), let server = other.server else {
                return
            }
            let name = stormName(deed.pick)
            pen.write(.register(name, other.id))
            var outcome = "ok"
            do throws(NameError) { try ServerName<StormServer>(name).register(server) } catch {
                if case .noProcess = error.code { outcome = "dead" } else { outcome = "no" }
            }
            try finish([outcome], me)
        case .unregister:
            let name = stormName(deed.pick)
            pen.write(.unregister(name))
            var outcome = "ok"
            do throws(NameError) { try ServerName<StormServer>(name).unregister(on: world.node) } catch {
                outcome = "no"
            }
            try finish([outcome], me)
        case .whereIs:
            let name = stormName(deed.pick)
            pen.write(.whereIs(name))
            let holder = ServerName<StormServer>(name).whereIs()
            try finish([holder.flatMap { world.id(of: $0.pid) }.map(String.init) ?? "none"], me)
        case .alias, .aliasOnce:
            let a = world.fresh()
            pen.write(.alias(a, once: deed.kind == .aliasOnce))
            let alias = me.alias(deed.kind == .aliasOnce ? .reply : .explicit)
            aliases.append((a, alias))
            world.publish(alias: a) { alias.send($0) }
        default:
            guard let (a, alias) = pick(aliases, deed.pick) else { return }
            pen.write(.unalias(a))
            try finish([String(alias.deactivate())], me)
        }
    }

    private nonisolated(nonsending) func spawn(_ deed: Deed, _ me: ProcessContext<B>) async throws {
        let child = world.fresh(), m = world.fresh()
        let isLinked = deed.pick % 3 == 0, isMonitored = deed.pick % 3 == 1, isServer = deed.pick & 64 != 0
        pen.write(
            .spawn(child: child, link: isLinked, monitor: isMonitored ? m : nil, isServer: isServer))
        let down: @Sendable (DownMessage) -> StormInfo = { .down(m, of: child, $0.reason.stormName) }
        let handle =
            isServer
            ? try await StormServer.begin(child, world, me, isLinked, isMonitored ? down : nil)
            : PlainWorker.begin(child, world, me, isLinked, isMonitored ? down : nil)
        guard let (handle, ref) = handle else { return try finish(["failed"], me) }
        world.enter(handle)
        if let ref { monitors[m] = (ref, child) }
        if isLinked { linked.append(child) }
        try finish([], me)
    }

    private nonisolated(nonsending) func call(_ deed: Deed, _ me: ProcessContext<B>) async throws {
        guard let other = world.worker(deed.pick, for: id, serversOnly: true), let server = other.server else { return }
        let c = world.fresh()
        let plan = Deed.Plan.allCases[Int(deed.pick >> 4) % Deed.Plan.allCases.count]
        let limits: [Duration] = [.zero, .microseconds(50), .milliseconds(1), .milliseconds(5), .milliseconds(20)]
        pen.write(.call(c, to: other.id))
        var outcome: [String]
        do {
            let value = try await server.call(timeout: limits[Int(deed.pick >> 9) % limits.count]) {
                .ask(c, plan, deed.orders, $0)
            }
            outcome = ["reply", String(value)]
        } catch let error as CallError {
            switch error.code {
            case .timeout: outcome = ["timeout"]
            case .noProcess: outcome = ["noproc"]
            case .noReply: outcome = ["noreply"]
            case .exited(let reason): outcome = ["exit", reason.stormName]
            case .cycle: outcome = ["cycle"]
            case .killed: throw error
            default: outcome = ["\(error.code)"]
            }
        } catch is CancellationError {
            outcome = ["cancelled"]
        }
        try finish(outcome, me)
    }

    private func finish(_ outcome: [String], _ me: ProcessContext<B>) throws {
        try note(.outcome(outcome), me)
    }

    /// Writes a line, which says that the deed before it was done: not when the process has been killed meanwhile.
    private func note(_ act: History.Act, _ me: ProcessContext<B>) throws {
        try me.checkAlive()
        pen.write(act)
    }

    private func pick<T>(_ all: [T], _ pick: UInt32) -> T? {
        all.isEmpty ? nil : all[Int(pick >> 4) % all.count]
    }
}
