/// One step of a storm's program. Whom it concerns is chosen when it is done, from those who exist then: `pick` says
/// which of them.
struct Deed: Sendable {
    enum Kind: Sendable, CaseIterable {
        case spawn, link, unlink, monitor, demonitor, demonitorKeeping, exit, exitSelf, kill, die, trap, untrap
        case send, tell, sendNamed, sendAlias, register, unregister, whereIs, alias, aliasOnce, unalias
        case call, timer, cancel, isAlive, work, yield, hang
    }

    /// What a server does with a request.
    enum Plan: Sendable, CaseIterable {
        case reply, replyTwice, drop, keep, handOver, replyLast, replyFirst, die
    }

    var kind: Kind
    var pick: UInt32
    /// What the receiver of a message or request is to do.
    var orders: [Deed] = []
}

/// What the issuers of a storm do; follows from a seed and knows nothing of the runtime that carries it out.
struct Program: Sendable {
    let seed: UInt64
    let issuers: [[Deed]]

    /// - Parameter deeds: How many steps there are in all, those that workers are ordered to do among them.
    init(seed: UInt64, issuers: Int, deeds: Int, kinds: Weights = .all) {
        self.seed = seed
        var random = SeededRandom(seed: seed)
        var programs: [[Deed]] = Array(repeating: [], count: issuers)
        var count = 0
        var turn = 0
        while count < deeds {
            let deed = Program.deed(kinds.issuer, kinds, &random)
            count += 1 + deed.orders.count
            programs[turn % issuers].append(deed)
            turn += 1
        }
        self.issuers = programs
    }

    /// How often each kind of deed is chosen.
    struct Weights: Sendable {
        var issuer: [Deed.Kind]
        var worker: [Deed.Kind]

        static let all = Weights(
            issuer: [
                .spawn, .spawn, .spawn, .spawn, .link, .link, .unlink, .unlink, .monitor, .monitor, .monitor,
                .demonitor, .demonitor, .demonitorKeeping, .exit, .exit, .kill, .send, .send, .send, .sendNamed,
                .sendAlias, .sendAlias, .register, .register, .unregister, .whereIs, .alias, .aliasOnce, .unalias,
                .call, .call, .call, .call, .call, .timer, .cancel, .isAlive, .tell, .tell, .tell, .tell, .tell,
                .tell, .tell, .tell, .tell, .tell,
            ],
            worker: [
                .spawn, .link, .link, .unlink, .monitor, .monitor, .demonitor, .demonitorKeeping, .exit, .kill,
                .exitSelf, .die, .trap, .trap, .trap, .untrap, .send, .send, .send, .send, .sendNamed, .sendAlias,
                .sendAlias, .sendAlias, .register, .register, .unregister, .whereIs, .alias, .aliasOnce, .unalias,
                .call, .call, .timer, .timer, .cancel, .isAlive, .work, .work, .yield, .yield, .hang,
            ])
    }

    private static func deed(_ kinds: [Deed.Kind], _ weights: Weights, _ random: inout SeededRandom) -> Deed {
        let kind = kinds[Int(random.next() % UInt64(kinds.count))]
        var deed = Deed(kind: kind, pick: UInt32(truncatingIfNeeded: random.next() >> 20))
        if kind == .tell || kind == .call {
            for _ in 0..<Int(random.next() % 4) {
                var order = self.deed(weights.worker, weights, &random)
                order.orders = []
                deed.orders.append(order)
            }
        }
        return deed
    }
}

/// SplitMix64.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
