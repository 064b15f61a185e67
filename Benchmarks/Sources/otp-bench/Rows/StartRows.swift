import OTP
import Synchronization

let startWorks: [String: Work] = [
    "start": { try await startAndStop(1, .process, $0) },
    "start/outside": { try await startAndStop(1, .task, $0) },
    "start4": { try await startAndStop(4, .process, $0) },
    "start4/outside": { try await startAndStop(4, .task, $0) },
    "spawn": { try await spawnAndEnd(1, $0) },
    "spawn4": { try await spawnAndEnd(4, $0) },
    "child": startAndStopChild,
]

private func startAndStop(_ starters: Int, _ caller: Caller, _ count: Int) async throws -> Timing {
    let each = count / starters
    let start = ContinuousClock.now
    try await together(starters, caller) { _ in
        for _ in 0..<each {
            let server = try await Counter.start { Counter() }
            try await server.stop()
            try check(server.isAlive, false)
        }
    }
    return Timing(each * starters, ContinuousClock.now - start)
}

/// Processes that end at once; until the last of them has run.
private func spawnAndEnd(_ spawners: Int, _ count: Int) async throws -> Timing {
    let each = count / spawners
    let total = each * spawners
    let (ran, allRan) = Tally.make(until: total)
    let start = ContinuousClock.now
    try await together(spawners, .process) { _ in
        for _ in 0..<each { spawn { _ in ran.add() } }
    }
    for await _ in allRan {}
    return Timing(total, ContinuousClock.now - start)
}

/// Ends a stream when so many have been counted. Whoever waits does not look again and again: how often would depend on
/// the clock, and what is counted in instructions with it.
private final class Tally: Sendable {
    private let count = Atomic<Int>(0)
    private let total: Int
    private let end: AsyncStream<Void>.Continuation

    private init(_ total: Int, _ end: AsyncStream<Void>.Continuation) {
        self.total = total
        self.end = end
    }

    static func make(until total: Int) -> (Tally, AsyncStream<Void>) {
        let (stream, end) = AsyncStream<Void>.makeStream()
        if total == 0 { end.finish() }
        return (Tally(total, end), stream)
    }

    func add() {
        if count.add(1, ordering: .relaxed).newValue == total { end.finish() }
    }
}

@Sendable private func startAndStopChild(_ count: Int) async throws -> Timing {
    let supervisor = DynamicSupervisor { (_: Void, _) in Counter() }
    let ref = try await supervisor.start()
    let time = try await inProcess { _ in
        let start = ContinuousClock.now
        for _ in 0..<count {
            let child = try await supervisor.startChild(())
            try await supervisor.terminateChild(child)
            try check(child.isAlive, false)
        }
        return ContinuousClock.now - start
    }
    try check(try await supervisor.childCounts().active, 0)
    try await ref.stop()
    return Timing(count, time)
}

/// Idle servers that have each had one call.
func holdServers(_ count: Int) async throws -> [ServerRef<Counter>] {
    try await inProcess { _ in
        let servers = try await startServers(count, of: Counter.self)
        for server in servers { try check(try await server.call { .value($0) }, 0) }
        return servers
    }
}

func releaseServers(_ servers: [ServerRef<Counter>]) async throws {
    try await inProcess { _ in try await stopServers(servers) }
}
