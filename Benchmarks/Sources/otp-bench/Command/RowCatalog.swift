import BenchKit

/// What is measured, and what is asked of it.
let rows: [Row] = [
    Row("call", "call, 1 caller, 1 server", size: 100_000, target: erlang(1, 3)),
    Row("cast", "cast 1→1, until handled", size: 1_000_000, target: erlang(1, 2)),
    Row("cast8", "cast 8→1, until handled", size: 1_000_000, target: erlang(1, 2)),
    Row("pairs", "call, 64 pairs", size: 320_000, target: erlang(1, 4)),
    Row("ring", "ring of 1,000 servers, 1 token", size: 500_000, target: erlang(1, 2)),
    Row("start", "start + stop a server", size: 30_000, target: erlang(1, 5)),
    Row("bytes", "idle server, after one call", measure: .bytes, size: 100_000, target: erlang(1, 3)),
    Row("restart", "restart of a killed child, p50", size: 1_000, target: nil),
    Row("outside", "call from an ordinary task", size: 100_000, against: "call", target: erlang(1, 1)),
    Row("sync", "call, SynchronousGenServer", size: 100_000, against: "call", target: erlang(1, 8)),
    Row("suspending", "call, handler that suspends", size: 100_000, against: "call"),
    Row("ring-plain", "ring of 1,000 plain processes", size: 500_000, against: "ring"),
    Row("idle", "idle node, 1,000 servers", measure: .idle(seconds: 10), size: 1_000, target: .absolute(atMost: 100)),
]

private func erlang(_ numerator: Double, _ denominator: Double) -> Target {
    .ratio(to: "erlang", atMost: numerator / denominator)
}
