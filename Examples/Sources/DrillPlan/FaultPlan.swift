/// The faults of one run, in order. Same seed and length, same plan.
public struct FaultPlan: Codable, Hashable, Sendable, CustomStringConvertible {
    public let seed: UInt64
    public let seconds: Int
    public let faults: [Fault]

    /// Connections the shop has.
    public static let connections = 10

    public init(seed: UInt64, seconds: Int) {
        self.seed = seed
        self.seconds = seconds
        var random = SeededGenerator(seed: seed)
        let first = 1_000.0
        let half = max(Double(seconds) * 500, first)
        let last = max(Double(seconds) * 1_000 - 1_500, half)
        // The shop's process lives through the second half, so that it can be seen whether its memory grows.
        var early: [Fault.Kind] = []
        var late: [Fault.Kind] = []
        for kind in Fault.Kind.allCases {
            let kinds = Array(repeating: kind, count: Self.count(of: kind, seconds: seconds))
            let isEarly = kind == .endProgram
            early += isEarly ? kinds[...] : kinds.prefix(kinds.count / 2)
            late += isEarly ? [] : kinds.dropFirst(kinds.count / 2)
        }
        early.shuffle(using: &random)
        late.shuffle(using: &random)
        faults =
            Self.spread(early, from: first, to: half, number: 0, &random)
            + Self.spread(late, from: half, to: last, number: early.count, &random)
    }

    /// Each fault has a slot of its own, as long as its kind takes, so that no moment carries all of them.
    private static func spread(
        _ kinds: [Fault.Kind], from: Double, to: Double, number: Int, _ random: inout SeededGenerator
    ) -> [Fault] {
        let unit = (to - from) / max(kinds.reduce(0) { $0 + $1.weight }, 1)
        var begin = from
        return kinds.enumerated().map { position, kind in
            let slot = unit * kind.weight
            let at = begin + slot * Double.random(in: 0..<0.3, using: &random)
            begin += slot
            let (role, index) = target(of: kind, &random)
            return Fault(number: number + position, at: Int(at), kind: kind, role: role, index: index)
        }
    }

    public var description: String {
        var text = "plan of seed \(seed), \(seconds) s: \(faults.count) faults\n"
        for fault in faults {
            let at = "\(fault.at)"
            text += String(repeating: " ", count: max(0, 8 - at.count)) + at + " ms  "
            text += fault.kind.rawValue + String(repeating: " ", count: max(1, 19 - fault.kind.rawValue.count))
            text += fault.role.isOneOfMany ? "\(fault.role.rawValue) \(fault.index)\n" : "\(fault.role.rawValue)\n"
        }
        return text
    }

    /// Enough of each that a few may find nobody to hit; fewer when there is no time for so many.
    private static func count(of kind: Fault.Kind, seconds: Int) -> Int {
        switch kind {
        case .throw, .killWorker, .killSupervisor, .cutConnection: max(scaled(14, seconds), seconds / 4)
        case .killBeforeWrite, .killPayment, .breakHandler: max(scaled(13, seconds), seconds / 6)
        case .stallSource, .fillDisk, .flood, .slowClient: max(scaled(12, seconds), seconds / 10)
        case .cutLink, .loseAnswers, .doubleAnswers, .delayAnswers, .endBank: max(scaled(11, seconds), seconds / 10)
        case .endProgram: max(scaled(12, seconds), seconds / 30)
        }
    }

    /// All of them from 30 s on.
    private static func scaled(_ count: Int, _ seconds: Int) -> Int { max(1, count * min(seconds, 30) / 30) }

    private static func target(of kind: Fault.Kind, _ random: inout SeededGenerator) -> (Fault.Role, Int) {
        let roles: [Fault.Role] =
            switch kind {
            case .throw:
                [
                    .limiter, .catalog, .configuration, .connection, .connection, .suggestions, .handlers, .cart,
                    .session, .payment, .link,
                ]
            case .killWorker:
                [
                    .limiter, .catalog, .configuration, .connection, .connection, .suggestions, .manager,
                    .handlers, .cart, .session, .web, .payment, .link, .keeper,
                ]
            case .killSupervisor:
                [.front, .storage, .connections, .profiles, .events, .carts, .sessions, .checkout, .payments]
            case .breakHandler: [.metrics]
            case .cutConnection, .killBeforeWrite: [.connection]
            case .stallSource: [.suggestions]
            case .fillDisk: [.disk]
            case .killPayment: [.payment]
            case .cutLink: [.link]
            case .loseAnswers, .doubleAnswers, .delayAnswers, .endBank: [.bank]
            case .endProgram: [.shop]
            case .flood, .slowClient: [.client]
            }
        let role = roles.randomElement(using: &random) ?? .connection
        switch role {
        case .connection: return (role, Int.random(in: 1...connections, using: &random))
        case .cart, .session, .payment: return (role, Int.random(in: 0..<1_000, using: &random))
        default: return (role, 0)
        }
    }
}

extension Fault.Kind {
    /// How much of the run it takes, against the others.
    fileprivate var weight: Double {
        switch self {
        case .endProgram: 5
        case .stallSource, .fillDisk, .flood, .slowClient: 2
        default: 1
        }
    }
}
