import OTP

/// Says which process it is when it starts.
struct Reborn: GenServer {
    init(_ me: Me, _ observer: ProcessRef<PID>) { observer.send(me.pid) }
}

/// From the kill of a permanent child to its successor's PID: the median.
@Sendable func restartKilled(_ count: Int) async throws -> Timing {
    let (results, sink) = AsyncStream.makeStream(of: Result<Duration, any Error>.self)
    spawn(receiving: PID.self) { me in
        do {
            sink.yield(.success(try await kills(count, me)))
        } catch {
            sink.yield(.failure(error))
        }
    }
    var iterator = results.makeAsyncIterator()
    guard let result = await iterator.next() else { throw WrongResult(found: "nothing", expected: "a time") }
    return Timing(1, try result.get())
}

private func kills(_ count: Int, _ me: PlainProcess<PID>) async throws -> Duration {
    let observer = me.ref
    let supervisor = try await Supervisor(.oneForOne, restarts: .atMost(1_000_000, in: .seconds(1))) {
        Reborn.child("only") { Reborn($0, observer) }
    }.start()
    var current = try await me.receive()
    var times: [Duration] = []
    for _ in 0..<count {
        let start = ContinuousClock.now
        me.sendExit(.kill, to: current)
        let successor = try await me.receive()
        times.append(ContinuousClock.now - start)
        try check(successor == current, false)
        current = successor
    }
    try check(try await supervisor.children().count, 1)
    try await supervisor.stop()
    return times.sorted()[count / 2]
}
