import OTP

/// A supervisor that has so many children already: what happens to a few of them.
let treeWorks: [String: Work] = [
    "growth-tree-start": { try await ordinaryTree($0, .start) },
    "growth-tree-stop": { try await ordinaryTree($0, .stop) },
    "growth-tree-crash": { try await ordinaryTree($0, .crash) },
    "growth-dynamic-start": { try await dynamicTree($0, .start) },
    "growth-dynamic-stop": { try await dynamicTree($0, .stop) },
    "growth-dynamic-crash": { try await dynamicTree($0, .crash) },
]

private enum Part { case start, stop, crash }

private func ordinaryTree(_ count: Int, _ part: Part) async throws -> Timing {
    try await inPlainProcess(receiving: PID.self) { me in
        let observer = me.ref
        let supervisor = try await Supervisor(.oneForOne, restarts: .atMost(1_000_000, in: .seconds(600))) {}.start()
        let timing = try await tree(
            count, part, me,
            start: { index in
                _ = try await supervisor.startChild(Reborn.child(ChildID("\(index)")) { Reborn($0, observer) })
            },
            stop: { index, _ in
                try await supervisor.terminateChild(ChildID("\(index)"))
                try await supervisor.deleteChild(ChildID("\(index)"))
            }, count: { try await supervisor.childCounts().active })
        try await supervisor.stop()
        return timing
    }
}

private func dynamicTree(_ count: Int, _ part: Part) async throws -> Timing {
    try await inPlainProcess(receiving: PID.self) { me in
        let observer = me.ref
        let supervisor = DynamicSupervisor(
            restarts: .atMost(1_000_000, in: .seconds(600)), restart: .permanent
        ) { (_: Void, me) in Reborn(me, observer) }
        try await supervisor.start()
        let timing = try await tree(
            count, part, me, start: { _ in _ = try await supervisor.startChild(()) },
            stop: { _, pid in try await supervisor.terminateChild(pid) },
            count: { try await supervisor.childCounts().active })
        try await supervisor.stop()
        return timing
    }
}

private nonisolated(nonsending) func tree(
    _ count: Int, _ part: Part, _ me: PlainProcess<PID>, start: nonisolated(nonsending) (Int) async throws -> Void,
    stop: nonisolated(nonsending) (Int, PID) async throws -> Void,
    count alive: nonisolated(nonsending) () async throws -> Int
) async throws -> Timing {
    var children: [PID] = []
    for index in 0..<count {
        try await start(index)
        children.append(try await me.receive())
    }
    // Some in the middle and all over the list.
    let few = min(200, count / 2)
    let chosen = (0..<few).map { $0 * (count / few) }
    let begin = ContinuousClock.now
    switch part {
    case .start:
        for index in 0..<few {
            try await start(count + index)
            children.append(try await me.receive())
        }
    case .stop:
        for index in chosen { try await stop(index, children[index]) }
    case .crash:
        for index in chosen {
            me.sendExit(.kill, to: children[index])
            let successor = try await me.receive()
            try check(successor == children[index], false)
        }
    }
    let time = ContinuousClock.now - begin
    let change = part == .start ? few : part == .stop ? -few : 0
    try check(try await alive(), count + change)
    return Timing(few, time)
}
