import OTP
import OTPTestKit

/// Runs programs on the runtime and gives the history of what happened.
enum Storm {
    /// On one seeded worker under a virtual clock.
    static func seeded(_ program: Program) throws -> History {
        let virtual = VirtualNode(seed: program.seed)
        virtual.node.silence()
        let world = StormWorld(node: virtual.node, issuers: program.issuers.count)
        world.begin(program)
        var patience = 100_000
        while !world.isOver {
            try virtual.advance(by: .milliseconds(10))
            patience -= 1
            if patience == 0 {
                throw StormStuck(history: world.history(seed: program.seed, source: "stuck"), alive: world.alive)
            }
        }
        try virtual.shutdown()
        return world.history(seed: program.seed, source: "seeded")
    }

    /// On all workers of a node of its own.
    /// - Parameter patience: When to give up on a storm that does not come to its end; many times what it needs.
    static func concurrent(_ program: Program, patience: Duration = .seconds(120)) async throws -> History {
        let node = Node(name: "storm \(program.seed)")
        node.silence()
        let world = StormWorld(node: node, issuers: program.issuers.count)
        world.begin(program)
        let guardian = Task {
            try await Task.sleep(for: patience)
            world.giveUp()
        }
        await world.waitForEnd()
        guardian.cancel()
        guard world.isOver else {
            throw StormStuck(history: world.history(seed: program.seed, source: "stuck"), alive: world.alive)
        }
        let history = world.history(seed: program.seed, source: "concurrent")
        await node.shutdown(deadline: .zero)
        return history
    }

}

/// A storm that does not come to its end: something that was to arrive has not.
struct StormStuck: Error, CustomStringConvertible {
    let history: History
    let alive: [Int]
    var description: String { "the storm of seed \(history.seed) does not end; alive: \(alive)" }
}
