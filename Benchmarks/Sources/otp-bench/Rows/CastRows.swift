import OTP

/// Until the server has handled them all.
func castFrom(_ senders: Int, _ count: Int) async throws -> Timing {
    let each = count / senders
    let total = each * senders
    let server = try await Counter.start { Counter() }
    let start = ContinuousClock.now
    try await together(senders) { _ in
        for _ in 0..<each { server.cast(.increment) }
    }
    let handled = try await server.call(timeout: .seconds(60)) { .value($0) }
    let time = ContinuousClock.now - start
    try check(handled, total)
    try await server.stop()
    return Timing(total, time)
}
