import OTP

/// A work of many equal parts, most of which wait from the first moment on for a worker.
struct Load: Sendable {
    let title: String
    /// How many parts it has; `run` notes each.
    let parts: Int
    let run: @Sendable (LoadWatch) async throws -> Void
}

let loads: [Load] = [
    Load(title: "one process starts 50,000 others that compute for 50 µs", parts: 50_000) { watch in
        try await inProcess { me in
            for number in 0..<50_000 {
                spawn(receiving: Never.self) { _ in
                    // Used, or the compiler leaves it out.
                    precondition(compute(UInt64(number)) != 0)
                    watch.note()
                }
            }
            watch.begin()
        }
    },
    Load(title: "one process casts to 1,000 servers, 50 times each, that compute for 50 µs", parts: 50_000) { watch in
        let servers = try await started(1_000, watch)
        try await inProcess { _ in
            for _ in 0..<50 { for server in servers { server.cast(.compute(again: 0)) } }
            watch.begin()
        }
        try await watch.waitForEnd()
        try await stopServers(servers)
    },
    Load(title: "64 servers cast to themselves, 1,000 times each, and compute for 50 µs", parts: 64_000) { watch in
        let servers = try await started(64, watch)
        for server in servers { server.cast(.compute(again: 999)) }
        watch.begin()
        try await watch.waitForEnd()
        try await stopServers(servers)
    },
    Load(title: "64 callers, each of a server of its own", parts: 32_000) { watch in
        let servers = try await startServers(64, of: Counter.self)
        watch.begin()
        try await together(64, .process) { index in
            for turn in 0..<500 {
                for call in 0..<100 { try check(try await servers[index].call { .value($0) }, turn * 100 + call) }
                watch.note()
            }
        }
        try await stopServers(servers)
    },
]

/// Keeps a processor busy for some 50 µs. Each step has to wait for the one before, and the compiler can make no fewer of them
/// (eight steps of a linear congruence it makes into one).
@inline(never) private func compute(_ seed: UInt64) -> UInt64 {
    var value = seed | 1
    for _ in 0..<25_000 {
        value ^= value << 13
        value ^= value >> 7
        value ^= value << 17
    }
    return value
}

private func started(_ count: Int, _ watch: LoadWatch) async throws -> [ServerRef<Computing>] {
    var servers: [ServerRef<Computing>] = []
    for number in 0..<count { servers.append(try await Computing.start { Computing(UInt64(number), watch) }) }
    return servers
}

private struct Computing: GenServer {
    enum Cast: Sendable { case compute(again: Int) }

    private var value: UInt64
    private let watch: LoadWatch

    init(_ seed: UInt64, _ watch: LoadWatch) {
        value = seed
        self.watch = watch
    }

    mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .compute(let left):
            value = otp_bench.compute(value)
            if left > 0 { me.ref.cast(.compute(again: left - 1)) }
            watch.note()
            return .receive
        }
    }
}
