import BenchKit

/// What is measured, and what is asked of it. Targets are those of the project's first measurements: our cost divided
/// by a peer's.
let rows: [Row] = [
    Row(
        "call", "call, 1 caller, 1 server", size: 100_000,
        targets: beam(10, by: ordinary) + beam(15, by: ["sync"]) + others(1, by: ordinary) + others(2, by: ["sync"])
            + outside),
    Row("fan8", "call, 8 callers of one server", size: 500_000, targets: beam(4) + others(1) + outside),
    Row("fan64", "call, 64 callers of one server", size: 500_000, targets: beam(4) + others(1) + outside),
    Row("fan1000", "call, 1,000 callers of one server", size: 500_000, targets: beam(4) + others(1) + outside),
    Row("pairs4", "call, 4 pairs", size: 2_000_000, targets: pairs),
    Row("pairs", "call, 64 pairs", size: 1_600_000, targets: pairs),
    Row("pairs1000", "call, 1,000 pairs", size: 1_500_000, targets: pairs),
    Row("suspending", "call, handler that suspends", size: 50_000, against: "call"),
    Row("cast", "cast 1→1, until handled", size: 1_000_000, targets: beam(4) + others(1)),
    Row("cast8", "cast 8→1, until handled", size: 500_000, targets: beam(6) + others(1)),
    Row("cast88", "cast 8→8, until handled", size: 2_000_000, targets: beam(7) + others(0.8)),
    Row("ring", "ring of 1,000 servers, 1 token, a hop", size: 300_000, targets: beam(3) + others(1)),
    Row("ring100", "ring of 1,000 servers, 100 tokens, a hop", size: 3_000_000, targets: beam(3) + others(1)),
    Row("ring-plain", "ring of 1,000 plain processes, 1 token", size: 300_000, against: "ring"),
    Row("spawn", "process that ends at once, 1 spawner", size: 100_000, targets: beam(4) + others(0.8)),
    Row("spawn4", "process that ends at once, 4 spawners", size: 200_000, targets: beam(4) + others(0.8)),
    Row("start", "start + stop a server, 1 starter", size: 30_000, targets: beam(6) + others(0.6)),
    Row("start4", "start + stop a server, 4 starters", size: 150_000, targets: beam(6) + others(0.6)),
    Row("child", "start + stop a child of a dynamic supervisor", size: 20_000, targets: beam(4)),
    Row(
        "bytes", "idle server, after one call", measure: .bytes, size: 100_000,
        targets: [Target(.peer("erlang"), columns: ordinary, atMost: 1 / 6)] + others(1.5)),
    Row("idle", "idle node, 1,000 servers", measure: .idle(seconds: 10), size: 1_000, targets: absolute(100)),
    Row("restart", "restart of a killed child, p50", size: 1_000, targets: beam(4)),
    Row("restart10k", "the same after 10,000 restarts in the window", size: 1_000, targets: beam(4)),
    Row("toggle", "state machine, toggled by call", size: 50_000, targets: beam(5)),
    Row("toggle-timeout", "the same, state timeout set anew each time", size: 50_000, targets: beam(5)),
    Row("toggle-postpone", "state machine, cycle with a postponed event", size: 50_000, targets: beam(4)),
    Row("notify", "event → 1 handler, until handled", size: 200_000, targets: beam(4)),
    Row("notify10", "event → 10 handlers, until handled", size: 50_000, targets: beam(4)),
    Row("sync-notify", "synchronous event → 1 handler", size: 50_000, targets: beam(5)),
    Row("sync-notify10", "synchronous event → 10 handlers", size: 50_000, targets: beam(5)),
    Row("timers", "start of one of 100,000 timers", size: 100_000, targets: beam(5) + others(1)),
    Row("timers1m", "start of one of 1,000,000 timers", size: 1_000_000, targets: beam(5) + others(1)),
    Row("cancel", "cancellation of one of 100,000 timers", size: 100_000, targets: beam(8) + others(0.5)),
    Row("cancel1m", "cancellation of one of 1,000,000 timers", size: 1_000_000, targets: beam(8) + others(0.5)),
    Row("lateness", "timer's lateness, p50", size: 1_000, targets: beam(1)),
    Row("lateness99", "timer's lateness, p99", size: 1_000, targets: beam(1)),
    Row(
        "lookup", "look-up of one of 10,000 keys, 4 readers", size: 4_000_000,
        targets: beam(2) + elixir(8) + others(1)),
    Row("lookup-name", "the same by registered name", size: 4_000_000, against: "lookup"),
    Row("name", "call by registered name, 4 callers", size: 500_000, targets: beam(10)),
    Row("via", "call by a registry's key, 4 callers", size: 500_000, targets: elixir(10)),
    Row("register", "registry: register + unregister", size: 30_000, targets: elixir(5)),
    Row("dispatch", "registry: dispatch to 1,000, a delivery", size: 1_000_000, targets: elixir(6)),
    Row("monitor", "monitor + demonitor", size: 100_000, targets: beam(3)),
    Row("link", "link + unlink", size: 100_000, targets: beam(3)),
    Row("links-death", "death of a process with 10,000 links", size: 10_000, targets: beam(4)),
    Row("links-death-servers", "the same, links to servers", size: 10_000, targets: beam(4)),
    Row("pg-join", "groups: join + leave", size: 20_000, targets: beam(5)),
    Row("pg-members", "groups: members of 1,000", size: 5_000, targets: beam(5)),
    Row("task", "task, async + await", size: 30_000, targets: elixir(5)),
    Row("await-many", "awaitMany of 100, a task", size: 30_000, targets: elixir(5)),
    Row("stream", "stream of 10,000, an item", size: 10_000, targets: elixir(5)),
    Row("agent-get", "agent: get", size: 50_000, targets: elixir(8)),
    Row("agent-update", "agent: update", size: 50_000, targets: elixir(8)),
]

/// How costs grow.
let curves: [Curve] = [
    Curve("growth-cores-call", "call, 64 pairs", .cores(size: 1_600_000), points: [1, 2, 4], work: "pairs"),
    Curve("growth-cores-cast", "cast 8→8", .cores(size: 1_000_000), points: [1, 2, 4], work: "cast88"),
    Curve(
        "growth-queue", "a message sent to a queue of so many and handled", .argument("messages"),
        points: [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]),
    Curve(
        "growth-waiting", "call made by a process with so many messages waiting", .argument("messages"),
        points: [1, 100, 10_000, 1_000_000]),
    Curve("growth-live-start", "start of a server, of so many", .argument("processes"), points: live),
    Curve("growth-live-call", "call to one of so many servers", .argument("processes"), points: live),
    Curve(
        "growth-live-bytes", "memory of a server, of so many", measure: .bytes, .argument("processes"), points: live,
        work: "bytes"),
    Curve("growth-tree-start", "supervisor: start one more child", .argument("children"), points: children),
    Curve("growth-tree-stop", "supervisor: end one child", .argument("children"), points: children),
    Curve(
        "growth-tree-crash", "supervisor: one child crashes, until restarted", .argument("children"), points: children),
    Curve("growth-dynamic-start", "dynamic supervisor: start one more", .argument("children"), points: children),
    Curve("growth-dynamic-stop", "dynamic supervisor: end one", .argument("children"), points: children),
    Curve(
        "growth-dynamic-crash", "dynamic supervisor: one crashes, until restarted", .argument("children"),
        points: children),
    Curve(
        "growth-steady50", "call at a steady rate, p50", .argument("calls a second"), points: [1_000, 10_000, 100_000]),
    Curve(
        "growth-steady99", "call at a steady rate, p99", .argument("calls a second"), points: [1_000, 10_000, 100_000]),
    Curve(
        "growth-steady-cpu", "CPU at a steady rate", measure: .load, .argument("calls a second"),
        points: [1_000, 10_000, 100_000]),
]

private let live = [1_000, 10_000, 100_000, 1_000_000]
private let children = [10, 1_000, 10_000, 100_000]

/// Columns of ordinary handlers.
private let ordinary = ["ours", "hook"]
private let all = ["ours", "hook", "sync"]

/// Our best column is so many times as fast as Erlang; the headline, ordinary handlers without the hook, four times
/// where more than that is asked.
private func beam(_ times: Double, by columns: [String] = all) -> [Target] {
    let target = Target(.peer("erlang"), columns: columns, atMost: 1 / times)
    return times > 4 && columns != ["sync"] ? [target, headline] : [target]
}

private let headline = Target(.peer("erlang"), columns: ["ours"], atMost: 1.0 / 4)
private let outside = [Target(.peer("erlang"), columns: ["outside"], atMost: 1)]
private let pairs = beam(10, by: ordinary) + beam(20, by: ["sync"]) + others(1, by: ordinary) + others(1.5) + outside

/// Our best column is so many times as fast as the better of Go and tokio.
private func others(_ times: Double, by columns: [String] = all) -> [Target] {
    [Target(.best(of: ["go", "rust"]), columns: columns, atMost: 1 / times)]
}

private func elixir(_ times: Double) -> [Target] {
    let target = Target(.peer("elixir"), columns: all, atMost: 1 / times)
    return times > 4 ? [target, Target(.peer("elixir"), columns: ["ours"], atMost: 1.0 / 4)] : [target]
}

private func absolute(_ limit: Double) -> [Target] {
    [Target(.absolute, columns: ["ours"], atMost: limit)]
}
