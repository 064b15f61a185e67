import OTP

let eventWorks: [String: Work] = [
    "notify": { try await notify(1, Summing.self, synchronously: false, $0) },
    "notify/sync": { try await notify(1, SynchronousSumming.self, synchronously: false, $0) },
    "notify10": { try await notify(10, Summing.self, synchronously: false, $0) },
    "notify10/sync": { try await notify(10, SynchronousSumming.self, synchronously: false, $0) },
    "sync-notify": { try await notify(1, Summing.self, synchronously: true, $0) },
    "sync-notify/sync": { try await notify(1, SynchronousSumming.self, synchronously: true, $0) },
    "sync-notify10": { try await notify(10, Summing.self, synchronously: true, $0) },
    "sync-notify10/sync": { try await notify(10, SynchronousSumming.self, synchronously: true, $0) },
]

/// Sums up what it is told.
private protocol SummingUp: EventHandler where Event == Int, Call == SumCall {
    init()
    var sum: Int { get set }
}

private enum SumCall: Sendable { case sum(Reply<Int>) }

extension SummingUp {
    mutating func handleEvent(_ event: Int) -> Next {
        sum += event
        return .keep
    }

    mutating func handleCall(_ call: SumCall) -> Next {
        switch call {
        case .sum(let reply): reply(sum)
        }
        return .keep
    }
}

private struct Summing: SummingUp {
    var sum = 0
}

private struct SynchronousSumming: SummingUp, SynchronousEventHandler {
    var sum = 0
}

/// Until every handler has handled every event.
private func notify<H: SummingUp>(
    _ handlers: Int, _ type: H.Type, synchronously: Bool, _ count: Int
) async throws -> Timing {
    let manager = EventManager<Int>()
    let ref = try await manager.start()
    var ids: [HandlerID<H>] = []
    for index in 0..<handlers { ids.append(try await ref.addHandler(HandlerID("\(index)")) { H() }) }
    let time = try await inProcess { [ids] _ in
        let start = ContinuousClock.now
        if synchronously {
            for event in 1...count { try await ref.syncNotify(event) }
        } else {
            for event in 1...count { ref.notify(event) }
        }
        _ = try await ref.call(ids[0], timeout: .seconds(60)) { .sum($0) }
        let time = ContinuousClock.now - start
        for id in ids { try check(try await ref.call(id) { .sum($0) }, count * (count + 1) / 2) }
        return time
    }
    try await ref.stop()
    return Timing(count, time)
}
