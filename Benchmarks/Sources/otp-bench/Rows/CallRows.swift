import OTP

@Sendable func callOne(_ count: Int) async throws -> Timing {
    let server = try await Counter.start { Counter() }
    let time = try await inProcess { _ in try await calls(server, count) }
    try await server.stop()
    return Timing(count, time)
}

@Sendable func callFromOutside(_ count: Int) async throws -> Timing {
    let server = try await Counter.start { Counter() }
    let time = try await Task.detached { try await calls(server, count) }.value
    try await server.stop()
    return Timing(count, time)
}

@Sendable func callSynchronous(_ count: Int) async throws -> Timing {
    let server = try await SynchronousCounter.start { SynchronousCounter() }
    let time = try await inProcess { _ in
        let start = ContinuousClock.now
        for expected in 0..<count {
            try check(try await server.call { .value($0) }, expected)
        }
        return ContinuousClock.now - start
    }
    try await server.stop()
    return Timing(count, time)
}

@Sendable func callSuspending(_ count: Int) async throws -> Timing {
    let server = try await SuspendingCounter.start { SuspendingCounter() }
    let time = try await inProcess { _ in
        let start = ContinuousClock.now
        for expected in 0..<count {
            try check(try await server.call { .value($0) }, expected)
        }
        return ContinuousClock.now - start
    }
    try await server.stop()
    return Timing(count, time)
}

@Sendable func callPairs(_ count: Int) async throws -> Timing {
    let each = count / 64
    var servers: [ServerRef<Counter>] = []
    for _ in 0..<64 { servers.append(try await Counter.start { Counter() }) }
    let start = ContinuousClock.now
    try await together(64) { [servers] index in _ = try await calls(servers[index], each) }
    let time = ContinuousClock.now - start
    for server in servers { try await server.stop() }
    return Timing(each * 64, time)
}

private func calls(_ server: ServerRef<Counter>, _ count: Int) async throws -> Duration {
    let start = ContinuousClock.now
    for expected in 0..<count {
        try check(try await server.call { .value($0) }, expected)
    }
    return ContinuousClock.now - start
}
