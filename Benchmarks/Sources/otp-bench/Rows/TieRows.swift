import OTP

let tieWorks: [String: Work] = [
    "monitor": { count in
        try await withVictim(count) { me, pid in
            for _ in 0..<count { me.demonitor(me.monitor(pid) { $0.pid }) }
        }
    },
    "link": { count in
        try await withVictim(count) { me, pid in
            for _ in 0..<count {
                try me.link(to: pid)
                me.unlink(from: pid)
            }
        }
    },
    "links-death": deathOfLinks,
    "links-death-servers": { try await deathOfServers(Counter.self, $0) },
    "links-death-servers/sync": { try await deathOfServers(SynchronousCounter.self, $0) },
]

/// Ties to another process and loosens them again: neither may outlast the row.
private func withVictim(
    _ count: Int, _ body: @escaping @Sendable (PlainProcess<PID>, PID) throws -> Void
) async throws -> Timing {
    let other = spawn(receiving: Void.self) { me in try await me.receive() }
    let time = try await inPlainProcess(receiving: PID.self) { me in
        let start = ContinuousClock.now
        try body(me, other.pid)
        let time = ContinuousClock.now - start
        other.sendExit(.kill)
        while other.isAlive { try await me.yield() }
        try check(try await me.receive(within: .zero), nil)
        return time
    }
    return Timing(count, time)
}

/// A process with that many links is killed: until the last of those is known to have died.
@Sendable private func deathOfLinks(_ links: Int) async throws -> Timing {
    try await death(of: links) { hub in
        hub.spawnLink(receiving: Void.self) { me in try await me.receive() }.pid
    }
}

/// The same, linked to servers.
private func deathOfServers<S: Counting>(_ type: S.Type, _ links: Int) async throws -> Timing {
    try await death(of: links) { hub in try await S.startLink(hub) { S() }.pid }
}

private func death(
    of links: Int, _ linked: @escaping @Sendable (PlainProcess<Void>) async throws -> PID
) async throws -> Timing {
    let time = try await inPlainProcess(receiving: PID.self) { me in
        let parent = me.ref
        let hub = spawn(receiving: Void.self) { hub in
            for _ in 0..<links { parent.send(try await linked(hub)) }
            try await hub.receive()
        }
        var linkedOnes: Set<PID> = []
        for _ in 0..<links {
            let pid = try await me.receive()
            linkedOnes.insert(pid)
            me.monitor(pid) { $0.pid }
        }
        // Until all are waiting.
        try await me.sleep(for: .milliseconds(50))
        var dead: [PID] = []
        dead.reserveCapacity(links)
        let start = ContinuousClock.now
        hub.sendExit(.kill)
        while dead.count < links { dead.append(try await me.receive()) }
        let time = ContinuousClock.now - start
        try check(Set(dead), linkedOnes)
        return time
    }
    return Timing(1, time)
}
