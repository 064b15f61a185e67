import OTP

extension StormWorld {
    /// Starts the issuers of a program.
    func begin(_ program: Program) {
        for (id, deeds) in program.issuers.enumerated() { StormIssuer.spawn(id, deeds, in: self) }
        becameReady()
    }
}

/// A process that carries out its part of a program, lives to the end and sees everything that is for it.
struct StormIssuer {
    typealias Me = PlainProcess<StormInfo>

    private let actor: StormActor<PlainBehavior<StormInfo>>
    private let world: StormWorld
    private let me: Me

    static func spawn(_ id: Int, _ deeds: [Deed], in world: StormWorld) {
        let process = world.node.spawn(receiving: StormInfo.self) { me in
            try await StormIssuer(id, world, me).run(deeds)
        }
        world.enter(StormWorld.Handle(id: id, pid: process.pid, server: nil, send: { process.send($0) }))
    }

    private init(_ id: Int, _ world: StormWorld, _ me: Me) {
        actor = StormActor(id: id, world: world)
        self.world = world
        self.me = me
    }

    private nonisolated(nonsending) func run(_ deeds: [Deed]) async throws {
        actor.pen.write(.trap(true))
        actor.trap(me.context)
        world.becameReady()
        // Others may have begun already: what they send waits.
        _ = try await me.receive { if case .go = $0 { true } else { nil } }
        for deed in deeds {
            try await actor.perform(deed, me.context)
            try await drain()
        }
        try await barrier(1)
        if actor.id == 0 { try await finish() }
        try await barrier(2)
        for (x, ref) in actor.timers { try actor.cancel(x, ref, me.context) }
        try await settle()
        try await outliveLinks()
        try await drain()
        actor.pen.write(.end)
        world.issuerEnded()
        // Nobody is to see an issuer end.
        while true { _ = try await me.receive() }
    }

    private nonisolated(nonsending) func drain() async throws {
        while let info = try await me.receive(within: .zero) { try await actor.see(info, me.context) }
    }

    /// All issuers have come as far as this, and what they sent before has arrived.
    private nonisolated(nonsending) func barrier(_ stage: Int) async throws {
        for other in 0..<world.issuers where other != actor.id {
            let x = world.fresh()
            actor.pen.write(.send(x, to: other))
            world.handle(other)?.send(.barrier(x, stage: stage))
        }
        while actor.stages[stage, default: 0] < world.issuers - 1 {
            try await actor.see(try await me.receive(), me.context)
        }
    }

    /// Kills every worker, until there is no new one.
    private nonisolated(nonsending) func finish() async throws {
        var known: Set<Int> = []
        while true {
            let new = world.workers.filter { known.insert($0.id).inserted }
            if new.isEmpty { return }
            for worker in new {
                actor.monitor(worker, me.context)
                actor.signal(worker.id, worker.pid, "kill", me.context)
            }
            try await settle()
        }
    }

    /// Until no link to a worker stands. Whoever asks for one that is dead hears so at once; those to whom it was tied may
    /// not have been told yet.
    private nonisolated(nonsending) func outliveLinks() async throws {
        while me.context.snapshot()?.links.contains(where: { world.id(of: $0).map { $0 >= 100 } ?? true }) == true {
            if let info = try await me.receive(within: .milliseconds(1)) { try await actor.see(info, me.context) }
        }
    }

    /// Until every monitor on a worker has spoken.
    private nonisolated(nonsending) func settle() async throws {
        while actor.monitors.values.contains(where: { $0.target >= 100 }) {
            try await actor.see(try await me.receive(), me.context)
        }
    }
}
