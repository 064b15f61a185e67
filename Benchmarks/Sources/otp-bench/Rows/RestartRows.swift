import OTP

let restartWorks: [String: Work] = [
    "restart": { try await restartKilled($0, after: 0) },
    "restart10k": { try await restartKilled($0, after: 10_000) },
]

/// Says which process it is when it starts.
struct Reborn: GenServer {
    init(_ me: Me, _ observer: ProcessRef<PID>) { observer.send(me.pid) }
}

/// From the kill of a permanent child to its successor's PID: the median.
private func restartKilled(_ count: Int, after before: Int) async throws -> Timing {
    Timing(1, try await inPlainProcess(receiving: PID.self) { me in try await kills(count, after: before, me) })
}

private func kills(_ count: Int, after before: Int, _ me: PlainProcess<PID>) async throws -> Duration {
    let observer = me.ref
    let supervisor = try await Supervisor(.oneForOne, restarts: .atMost(1_000_000, in: .seconds(600))) {
        Reborn.child("only") { Reborn($0, observer) }
    }.start()
    var current = try await me.receive()
    var times: [Duration] = []
    for _ in 0..<before + count {
        let start = ContinuousClock.now
        me.sendExit(.kill, to: current)
        let successor = try await me.receive()
        times.append(ContinuousClock.now - start)
        try check(successor == current, false)
        current = successor
    }
    try check(try await supervisor.children().count, 1)
    try await supervisor.stop()
    return times.dropFirst(before).sorted()[count / 2]
}
