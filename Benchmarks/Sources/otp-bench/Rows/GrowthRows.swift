import OTP

/// Works whose number is not how much is done but how much there is.
let growthWorks: [String: Work] = [
    "growth-queue": queueOf,
    "growth-waiting": callsWhileWaiting,
    "growth-live-start": { count in
        try await inProcess { _ in
            let start = ContinuousClock.now
            let servers = try await startServers(count, of: Counter.self)
            let time = ContinuousClock.now - start
            try check(servers.count { $0.isAlive }, count)
            try await stopServers(servers)
            return Timing(count, time)
        }
    },
    "growth-live-call": callsAmong,
    "growth-live-call/sync": callsAmongSynchronous,
    "growth-steady50": { rate in
        let late = try await steady(rate).latencies
        return Timing(1, late[late.count / 2])
    },
    "growth-steady99": { rate in
        let late = try await steady(rate).latencies
        return Timing(1, late[late.count * 99 / 100])
    },
    "growth-steady-cpu": { rate in Timing(rate, try await steady(rate).time) },
]

/// A server that sends itself a message for each that it handles: its queue keeps its length.
private struct Loop: GenServer {
    enum Call: Sendable { case run(queue: Int, turns: Int, Reply<Int>) }
    enum Cast: Sendable { case turn }

    private var left = 0
    private var queued = 0
    private var turns = 0
    private var reply: Reply<Int>?

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .run(let queue, let turns, let reply):
            (left, queued, self.turns, self.reply) = (turns, queue, 0, reply)
            for _ in 0..<queue { me.ref.cast(.turn) }
            return .receive
        }
    }

    mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        turns += 1
        if left > 0 {
            left -= 1
            me.ref.cast(.turn)
        } else {
            queued -= 1
            if queued == 0 { reply?(turns) }
        }
        return .receive
    }
}

@Sendable private func queueOf(_ length: Int) async throws -> Timing {
    let turns = 200_000
    let server = try await Loop.start { Loop() }
    let timing = try await inTimedProcess(turns + length) {
        let handled = try await server.call(timeout: .seconds(60)) { .run(queue: length, turns: turns, $0) }
        try check(handled, turns + length)
    }
    try await server.stop()
    return timing
}

/// The caller has that many messages of its own in its mailbox, which it does not want now.
@Sendable private func callsWhileWaiting(_ messages: Int) async throws -> Timing {
    let count = 20_000
    let server = try await Counter.start { Counter() }
    let time = try await inPlainProcess(receiving: Int.self) { me in
        for message in 0..<messages { me.send(message) }
        let start = ContinuousClock.now
        try await calls(server, count)
        let time = ContinuousClock.now - start
        for message in 0..<messages { try check(try await me.receive(), message) }
        return time
    }
    try await server.stop()
    return Timing(count, time)
}

@Sendable private func callsAmong(_ servers: Int) async throws -> Timing {
    try await callsAmong(startServers(servers, of: Counter.self))
}

@Sendable private func callsAmongSynchronous(_ servers: Int) async throws -> Timing {
    try await callsAmong(startServers(servers, of: SynchronousCounter.self))
}

/// Each of them is called in turn, in an order that no cache likes.
private func callsAmong<S: Counting>(_ servers: [ServerRef<S>]) async throws -> Timing {
    let count = 100_000
    let timing = try await inTimedProcess(count) {
        var position = 0
        for turn in 0..<count {
            position = (position + 7_919) % servers.count
            let value = try await servers[position].call { S.value($0) }
            try check(value, turn / servers.count)
        }
    }
    try await stopServers(servers)
    return timing
}

/// One caller that makes so many calls a second, a thousandth of them each millisecond, for one second.
private func steady(_ rate: Int) async throws -> (latencies: [Duration], time: Duration) {
    let server = try await Counter.start { Counter() }
    let result = try await inProcess { me in
        var latencies: [Duration] = []
        latencies.reserveCapacity(rate)
        let start = ContinuousClock.now
        for tick in 0..<1_000 {
            let early = start + .milliseconds(tick) - ContinuousClock.now
            if early > .zero { try await me.sleep(for: early) }
            for _ in 0..<rate / 1_000 {
                let before = ContinuousClock.now
                try check(try await server.call { .value($0) }, latencies.count)
                latencies.append(ContinuousClock.now - before)
            }
        }
        return (latencies.sorted(), ContinuousClock.now - start)
    }
    try await server.stop()
    return result
}
