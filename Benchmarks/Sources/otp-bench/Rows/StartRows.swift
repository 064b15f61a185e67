import OTP

@Sendable func startAndStop(_ count: Int) async throws -> Timing {
    let time = try await inProcess { _ in
        let start = ContinuousClock.now
        for _ in 0..<count {
            let server = try await Counter.start { Counter() }
            try await server.stop()
            try check(server.isAlive, false)
        }
        return ContinuousClock.now - start
    }
    return Timing(count, time)
}

/// Idle servers that have each had one call.
func holdServers(_ count: Int) async throws -> [ServerRef<Counter>] {
    try await inProcess { _ in
        var servers: [ServerRef<Counter>] = []
        servers.reserveCapacity(count)
        for _ in 0..<count { servers.append(try await Counter.start { Counter() }) }
        for server in servers { try check(try await server.call { .value($0) }, 0) }
        return servers
    }
}

func releaseServers(_ servers: [ServerRef<Counter>]) async throws {
    try await inProcess { _ in
        for server in servers { try await server.stop() }
    }
}
