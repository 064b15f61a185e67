import OTP

let timerWorks: [String: Work] = [
    "timers": { try await timers($0, timing: .starts) },
    "timers1m": { try await timers($0, timing: .starts) },
    "cancel": { try await timers($0, timing: .cancels) },
    "cancel1m": { try await timers($0, timing: .cancels) },
    "lateness": { try await lateness($0, percent: 50) },
    "lateness99": { try await lateness($0, percent: 99) },
]

private enum Part { case starts, cancels }

/// Starts that many timers, none of which fires, and cancels all of them.
private func timers(_ count: Int, timing part: Part) async throws -> Timing {
    let (starts, cancels) = try await inPlainProcess(receiving: Int.self) { me in
        var timers: [TimerRef] = []
        timers.reserveCapacity(count)
        let start = ContinuousClock.now
        for index in 0..<count { timers.append(me.send(index, after: .seconds(60) + .milliseconds(index % 1_000))) }
        let middle = ContinuousClock.now
        var cancelled = 0
        for timer in timers where timer.cancel() != nil { cancelled += 1 }
        let end = ContinuousClock.now
        try check(cancelled, count)
        return (middle - start, end - middle)
    }
    return Timing(count, part == .starts ? starts : cancels)
}

/// How much later than asked a timer fires; delays of 1 to 100 ms.
private func lateness(_ count: Int, percent: Int) async throws -> Timing {
    let late = try await inPlainProcess(receiving: ContinuousClock.Instant.self) { me in
        let start = ContinuousClock.now
        for index in 0..<count {
            let delay = Duration.microseconds(1_000 + index * 99_000 / count)
            me.send(start + delay, after: delay)
        }
        var late: [Duration] = []
        for _ in 0..<count {
            let due = try await me.receive()
            late.append(ContinuousClock.now - due)
        }
        return late.sorted()
    }
    try check(late.count, count)
    return Timing(1, max(late[count * percent / 100], .nanoseconds(1)))
}
