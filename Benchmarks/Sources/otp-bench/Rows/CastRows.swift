import OTP

let castWorks: [String: Work] = [
    "cast": { try await casts(from: 1, to: 1, .process, $0) },
    "cast/apart": { try await casts(from: 1, to: 1, .process, at: .apart, $0) },
    "cast/outside": { try await casts(from: 1, to: 1, .task, $0) },
    "cast8": { try await casts(from: 8, to: 1, .process, $0) },
    "cast8/outside": { try await casts(from: 8, to: 1, .task, $0) },
    "cast88": { try await casts(from: 8, to: 8, .process, $0) },
    "cast88/outside": { try await casts(from: 8, to: 8, .task, $0) },
]

/// Until the servers have handled them all; with as many servers as senders each has its own.
private func casts(
    from senders: Int, to receivers: Int, _ caller: Caller, at place: Place = .together, _ count: Int
) async throws -> Timing {
    let each = count / senders
    let total = each * senders
    let servers = try await place.start { try await startServers(receivers, of: Counter.self) }
    let start = ContinuousClock.now
    try await together(senders, caller) { index in
        let server = servers[index % receivers]
        for _ in 0..<each { server.cast(.increment) }
    }
    var handled = 0
    for server in servers { handled += try await server.call(timeout: .seconds(60)) { .value($0) } }
    let time = ContinuousClock.now - start
    try check(handled, total)
    try await stopServers(servers)
    return Timing(total, time)
}
