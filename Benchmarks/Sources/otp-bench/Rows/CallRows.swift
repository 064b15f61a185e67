import OTP

let callWorks: [String: Work] = [
    "call": { try await callOne(Counter.self, .process, $0) },
    "call/apart": { try await callOne(Counter.self, .process, at: .apart, $0) },
    "call/sync": { try await callOne(SynchronousCounter.self, .process, $0) },
    "call/outside": { try await callOne(Counter.self, .task, $0) },
    "suspending": { try await callOne(SuspendingCounter.self, .process, $0) },
    "fan8": { try await fanIn(8, Counter.self, .process, $0) },
    "fan8/apart": { try await fanIn(8, Counter.self, .process, at: .apart, $0) },
    "fan8/sync": { try await fanIn(8, SynchronousCounter.self, .process, $0) },
    "fan8/outside": { try await fanIn(8, Counter.self, .task, $0) },
    "fan64": { try await fanIn(64, Counter.self, .process, $0) },
    "fan64/sync": { try await fanIn(64, SynchronousCounter.self, .process, $0) },
    "fan64/outside": { try await fanIn(64, Counter.self, .task, $0) },
    "fan1000": { try await fanIn(1_000, Counter.self, .process, $0) },
    "fan1000/sync": { try await fanIn(1_000, SynchronousCounter.self, .process, $0) },
    "fan1000/outside": { try await fanIn(1_000, Counter.self, .task, $0) },
    "pairs4": { try await callPairs(4, Counter.self, .process, $0) },
    "pairs4/sync": { try await callPairs(4, SynchronousCounter.self, .process, $0) },
    "pairs4/outside": { try await callPairs(4, Counter.self, .task, $0) },
    "pairs": { try await callPairs(64, Counter.self, .process, $0) },
    "pairs/apart": { try await callPairs(64, Counter.self, .process, at: .apart, $0) },
    "pairs/sync": { try await callPairs(64, SynchronousCounter.self, .process, $0) },
    "pairs/outside": { try await callPairs(64, Counter.self, .task, $0) },
    "pairs1000": { try await callPairs(1_000, Counter.self, .process, $0) },
    "pairs1000/sync": { try await callPairs(1_000, SynchronousCounter.self, .process, $0) },
    "pairs1000/outside": { try await callPairs(1_000, Counter.self, .task, $0) },
]

private func callOne<S: Counting>(
    _ type: S.Type, _ caller: Caller, at place: Place = .together, _ count: Int
) async throws -> Timing {
    let server = try await place.start { try await S.start { S() } }
    let time = try await caller.run {
        let start = ContinuousClock.now
        try await calls(server, count)
        return ContinuousClock.now - start
    }
    try await server.stop()
    return Timing(count, time)
}

/// Many callers of one server.
private func fanIn<S: Counting>(
    _ callers: Int, _ type: S.Type, _ caller: Caller, at place: Place = .together, _ count: Int
) async throws -> Timing {
    let each = count / callers
    let server = try await place.start { try await S.start { S() } }
    let start = ContinuousClock.now
    try await together(callers, caller) { _ in
        var last = -1
        for _ in 0..<each {
            let value = try await server.call { S.value($0) }
            try check(value > last, true)
            last = value
        }
    }
    let time = ContinuousClock.now - start
    try check(try await server.call { S.value($0) }, each * callers)
    try await server.stop()
    return Timing(each * callers, time)
}

/// A server for each caller.
private func callPairs<S: Counting>(
    _ pairs: Int, _ type: S.Type, _ caller: Caller, at place: Place = .together, _ count: Int
) async throws -> Timing {
    let each = count / pairs
    let servers = try await place.start { try await startServers(pairs, of: type) }
    let start = ContinuousClock.now
    try await together(pairs, caller) { index in try await calls(servers[index], each) }
    let time = ContinuousClock.now - start
    try await stopServers(servers)
    return Timing(each * pairs, time)
}

/// Calls that are the server's only ones.
nonisolated(nonsending) func calls<S: Counting>(_ server: ServerRef<S>, _ count: Int) async throws {
    for expected in 0..<count {
        try check(try await server.call { S.value($0) }, expected)
    }
}
