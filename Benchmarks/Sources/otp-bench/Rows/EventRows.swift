import OTP

let eventWorks: [String: Work] = [
    "notify": { try await notify(1, synchronously: false, $0) },
    "notify10": { try await notify(10, synchronously: false, $0) },
    "sync-notify": { try await notify(1, synchronously: true, $0) },
    "sync-notify10": { try await notify(10, synchronously: true, $0) },
]

/// Sums up what it is told.
private struct Summing: EventHandler {
    typealias Event = Int
    enum Call: Sendable { case sum(Reply<Int>) }

    private var sum = 0

    mutating func handleEvent(_ event: Int) -> Next {
        sum += event
        return .keep
    }

    mutating func handleCall(_ call: Call) -> Next {
        switch call {
        case .sum(let reply): reply(sum)
        }
        return .keep
    }
}

/// Until every handler has handled every event.
private func notify(_ handlers: Int, synchronously: Bool, _ count: Int) async throws -> Timing {
    let manager = EventManager<Int>()
    let ref = try await manager.start()
    var ids: [HandlerID<Summing>] = []
    for index in 0..<handlers { ids.append(try await ref.addHandler(HandlerID("\(index)")) { Summing() }) }
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
