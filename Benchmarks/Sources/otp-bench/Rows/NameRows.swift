import OTP
import Synchronization

let nameWorks: [String: Work] = [
    "lookup": lookups,
    "lookup-name": nameLookups,
    "name": callsByName,
    "via": callsVia,
    "register": registerAndUnregister,
    "dispatch": dispatches,
    "pg-join": joinAndLeave,
    "pg-members": members,
]

private let readers = 4
private let nameCount = 10_000
private let numbers = Atomic<Int>(0)

/// A registry of its own for each run.
private func registry<Key, Value>(of: Key.Type, with: Value.Type) -> RegistryName<Key, Value> {
    RegistryName("registry \(numbers.add(1, ordering: .relaxed).newValue)")
}

/// Four processes look ten thousand keys up.
@Sendable private func lookups(_ count: Int) async throws -> Timing {
    let name = registry(of: Int.self, with: Void.self)
    let supervisor = try await Registry(name).start()
    let holders = try await inPlainProcess(receiving: (Int, PID).self) { me in
        let parent = me.ref
        for key in 0..<nameCount {
            spawn(receiving: Void.self) { holder in
                try name.register(key, for: holder)
                parent.send((key, holder.pid))
                try await holder.receive()
            }
        }
        var holders = [PID?](repeating: nil, count: nameCount)
        for _ in 0..<nameCount {
            let (key, pid) = try await me.receive()
            holders[key] = pid
        }
        return holders.compactMap { $0 }
    }
    try check(holders.count, nameCount)
    let each = count / readers
    let start = ContinuousClock.now
    try await together(readers, .process) { reader in
        for turn in 0..<each {
            let key = (turn &* 7_919 &+ reader &* 2_500) % nameCount
            try check(name.pid(for: key), holders[key])
        }
    }
    let time = ContinuousClock.now - start
    // Its end is that of the holders, which are linked to it.
    try await supervisor.stop()
    return Timing(each * readers, time)
}

private func nameOf(_ index: Int) -> ServerName<Counter> { ServerName("counter \(index)") }

/// The same with the node's own names.
@Sendable private func nameLookups(_ count: Int) async throws -> Timing {
    let servers = try await startServers(nameCount, of: Counter.self)
    let names = servers.indices.map(nameOf)
    for (name, server) in zip(names, servers) { try name.register(server) }
    let each = count / readers
    let start = ContinuousClock.now
    try await together(readers, .process) { reader in
        for turn in 0..<each {
            let index = (turn &* 7_919 &+ reader &* 2_500) % nameCount
            try check(names[index].pid, servers[index].pid)
        }
    }
    let time = ContinuousClock.now - start
    try await stopServers(servers)
    return Timing(each * readers, time)
}

/// Four callers, each with 250 servers of its own that it calls by name, in turn.
@Sendable private func callsByName(_ count: Int) async throws -> Timing {
    let own = 250
    let servers = try await startServers(readers * own, of: Counter.self)
    let names = servers.indices.map(nameOf)
    for (name, server) in zip(names, servers) { try name.register(server) }
    let timing = try await timeCallsByName(count, names, own)
    try await stopServers(servers)
    return timing
}

private func timeCallsByName(_ count: Int, _ names: [ServerName<Counter>], _ own: Int) async throws -> Timing {
    let turns = count / readers / own
    let start = ContinuousClock.now
    try await together(readers, .process) { caller in
        let names = Array(names[caller * own..<(caller + 1) * own])
        for turn in 0..<turns {
            for name in names { try check(try await name.call { .value($0) }, turn) }
        }
    }
    return Timing(turns * own * readers, ContinuousClock.now - start)
}

@Sendable private func callsVia(_ count: Int) async throws -> Timing {
    let own = 250
    let registry = registry(of: Int.self, with: Void.self)
    let supervisor = try await Registry(registry).start()
    let names = (0..<readers * own).map { ServerName<Counter>.via(registry, $0) }
    for name in names { try await Counter.start(name: name) { Counter() } }
    let timing = try await timeCallsByName(count, names, own)
    for name in names { try await name.stop() }
    try await supervisor.stop()
    return timing
}

@Sendable private func registerAndUnregister(_ count: Int) async throws -> Timing {
    let name = registry(of: Int.self, with: Void.self)
    let supervisor = try await Registry(name).start()
    let time = try await inProcess { me in
        let start = ContinuousClock.now
        for key in 0..<count {
            try check(try name.register(key, for: me) == me.pid, false)
            name.unregister(key, for: me)
        }
        let time = ContinuousClock.now - start
        try check(name.count, 0)
        return time
    }
    try await supervisor.stop()
    return Timing(count, time)
}

/// To a thousand subscribers; until all of them have handled everything.
@Sendable private func dispatches(_ deliveries: Int) async throws -> Timing {
    let subscribers = 1_000
    let name = registry(of: String.self, with: ServerRef<Subscriber>.self)
    let supervisor = try await Registry(name, keys: .duplicate).start()
    var servers: [ServerRef<Subscriber>] = []
    for _ in 0..<subscribers {
        servers.append(try await Subscriber.start { me in try Subscriber(me, name) })
    }
    let events = deliveries / subscribers
    let time = try await inProcess { [servers] _ in
        let start = ContinuousClock.now
        for _ in 0..<events {
            name.dispatch("news") { for (_, subscriber) in $0 { subscriber.cast(.news) } }
        }
        for server in servers { try check(try await server.call { .seen($0) }, events) }
        return ContinuousClock.now - start
    }
    try await stopServers(servers)
    try await supervisor.stop()
    return Timing(events * subscribers, time)
}

private struct Subscriber: GenServer {
    enum Call: Sendable { case seen(Reply<Int>) }
    enum Cast: Sendable { case news }

    private var seen = 0

    init(_ me: Me, _ registry: RegistryName<String, ServerRef<Subscriber>>) throws {
        try registry.register("news", me.ref, for: me)
    }

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .seen(let reply): reply(seen)
        }
    }

    mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        seen += 1
        return .receive
    }
}

@Sendable private func joinAndLeave(_ count: Int) async throws -> Timing {
    let groups = ProcessGroups<String>("groups \(numbers.add(1, ordering: .relaxed).newValue)")
    let scope = try await groups.start()
    let time = try await inProcess { me in
        let start = ContinuousClock.now
        for _ in 0..<count {
            try await groups.join("room", me.pid)
            try check(try await groups.leave("room", me.pid), true)
        }
        let time = ContinuousClock.now - start
        try check(groups.members(of: "room").count, 0)
        me.sendExit(.kill, to: scope)
        return time
    }
    return Timing(count, time)
}

/// The members of a group of a thousand.
@Sendable private func members(_ count: Int) async throws -> Timing {
    let groups = ProcessGroups<String>("groups \(numbers.add(1, ordering: .relaxed).newValue)")
    let scope = try await groups.start()
    let servers = try await startServers(1_000, of: Counter.self)
    try await groups.join("room", servers.map(\.pid))
    let time = try await inProcess { me in
        let start = ContinuousClock.now
        for _ in 0..<count { try check(groups.members(of: "room").count, 1_000) }
        let time = ContinuousClock.now - start
        me.sendExit(.kill, to: scope)
        return time
    }
    try await stopServers(servers)
    return Timing(count, time)
}
