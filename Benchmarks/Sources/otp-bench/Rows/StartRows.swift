import Foundation
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

/// How many of the processes that end at once have run, in all runs.
private let ran = SpreadCount()

/// Processes that end at once; until the last of them has run.
private func spawnAndEnd(_ spawners: Int, _ count: Int) async throws -> Timing {
    let each = count / spawners
    let total = each * spawners
    let before = ran.sum
    let start = ContinuousClock.now
    try await together(spawners, .process) { _ in
        for _ in 0..<each { spawn { _ in ran.add() } }
    }
    try await inProcess { me in
        while ran.sum < before + total { try await me.yield() }
    }
    return Timing(total, ContinuousClock.now - start)
}

/// A count to which several threads add, each on a cache line of its own, as to Erlang's `counters` with `write_concurrency`.
// @unchecked because the memory is allocated once, and what is in it is atomic.
private struct SpreadCount: @unchecked Sendable {
    private static var parts: Int { 64 }
    private static var stride: Int { 128 }
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: parts * stride, alignment: stride)

    init() {
        for index in 0..<Self.parts { part(index).initialize(to: Atomic(0)) }
    }

    private func part(_ index: Int) -> UnsafeMutablePointer<Atomic<Int>> {
        (memory + index * Self.stride).assumingMemoryBound(to: Atomic<Int>.self)
    }

    func add() {
        part(Int((thread >> 12 &* 0x9E37_79B9_7F4A_7C15) >> 58)).pointee.add(1, ordering: .releasing)
    }

    /// Another word for each thread.
    private var thread: UInt {
        #if canImport(Darwin)
            UInt(bitPattern: pthread_self())
        #else
            UInt(pthread_self())
        #endif
    }

    var sum: Int { (0..<Self.parts).reduce(0) { $0 + part($1).pointee.load(ordering: .acquiring) } }
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
