import OTP

let ringWorks: [String: Work] = [
    "ring": { try await ringOfServers(tokens: 1, $0) },
    "ring/apart": { try await ringOfServers(tokens: 1, apart: true, $0) },
    "ring100": { try await ringOfServers(tokens: 100, $0) },
    "ring-plain": ringOfProcesses,
]

private let ringSize = 1_000

/// Hands the token on, and counts how often it came by.
struct RingServer: GenServer {
    enum Call: Sendable {
        case connect(to: ServerRef<RingServer>, finish: ProcessRef<Void>, Reply<Void>)
        case seen(Reply<Int>)
    }
    enum Cast: Sendable { case token(hops: Int) }

    private var next: ServerRef<RingServer>?
    private var finish: ProcessRef<Void>?
    private var seen = 0

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .connect(let next, let finish, let reply):
            self.next = next
            self.finish = finish
            return reply()
        case .seen(let reply):
            return reply(seen)
        }
    }

    mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .token(let hops):
            seen += 1
            if hops == 1 { finish?.send(()) } else { next?.cast(.token(hops: hops - 1)) }
            return .receive
        }
    }
}

/// Apart, every hop leads to a worker of the other node.
private func ringOfServers(tokens: Int, apart: Bool = false, _ hops: Int) async throws -> Timing {
    var ring: [ServerRef<RingServer>] = []
    for index in 0..<ringSize {
        let place = apart && index % 2 == 0 ? Place.apart : .together
        ring.append(try await place.start { try await RingServer.start { RingServer() } })
    }
    let time = try await inPlainProcess(receiving: Void.self) { [ring] me in
        for index in ring.indices {
            let next = ring[(index + 1) % ringSize]
            try await ring[index].call { .connect(to: next, finish: me.ref, $0) }
        }
        let start = ContinuousClock.now
        for token in 0..<tokens { ring[token * ringSize / tokens].cast(.token(hops: hops / tokens)) }
        for _ in 0..<tokens { try await me.receive() }
        return ContinuousClock.now - start
    }
    var seen = 0
    for server in ring { seen += try await server.call { .seen($0) } }
    try check(seen, hops / tokens * tokens)
    for server in ring { try await server.stop() }
    return Timing(hops, time)
}

/// What goes round a ring of plain processes.
private enum RingMessage: Sendable {
    case next(ProcessRef<RingMessage>)
    case token(hops: Int)
    case stop(sum: Int, left: Int)
}

private enum RingEvent: Sendable {
    case done
    case seen(Int)
}

@Sendable private func ringOfProcesses(_ hops: Int) async throws -> Timing {
    let (events, sink) = AsyncStream.makeStream(of: RingEvent.self)
    var ring: [ProcessRef<RingMessage>] = []
    for _ in 0..<ringSize {
        ring.append(spawn(receiving: RingMessage.self) { me in try await ringMember(me, sink) })
    }
    for index in ring.indices { ring[index].send(.next(ring[(index + 1) % ringSize])) }
    var iterator = events.makeAsyncIterator()
    let start = ContinuousClock.now
    ring[0].send(.token(hops: hops))
    _ = await iterator.next()
    let time = ContinuousClock.now - start
    ring[0].send(.stop(sum: 0, left: ringSize))
    guard case .seen(let seen)? = await iterator.next() else {
        throw WrongResult(found: "no sum", expected: "\(hops)")
    }
    try check(seen, hops)
    return Timing(hops, time)
}

private func ringMember(
    _ me: PlainProcess<RingMessage>, _ sink: AsyncStream<RingEvent>.Continuation
) async throws {
    guard case .next(let next) = try await me.receive() else { return }
    var seen = 0
    while true {
        switch try await me.receive() {
        case .next:
            break
        case .token(let hops):
            seen += 1
            if hops == 1 { sink.yield(.done) } else { next.send(.token(hops: hops - 1)) }
        case .stop(let sum, let left):
            if left == 1 { sink.yield(.seen(sum + seen)) } else { next.send(.stop(sum: sum + seen, left: left - 1)) }
            return
        }
    }
}
