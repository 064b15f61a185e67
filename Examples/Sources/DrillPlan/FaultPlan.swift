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
        var kinds = Fault.Kind.allCases.flatMap { kind in
            Array(repeating: kind, count: Self.count(of: kind, seconds: seconds))
        }
        kinds.shuffle(using: &random)
        // Each fault has a slot of its own, so that no moment of the run carries all of them.
        let first = 1_000.0
        let last = max(Double(seconds) * 1_000 - 2_000, first + 1)
        let slot = (last - first) / Double(max(kinds.count, 1))
        var faults: [Fault] = []
        for (number, kind) in kinds.enumerated() {
            let jitter = Double.random(in: 0..<0.6, using: &random)
            let (role, index) = Self.target(of: kind, &random)
            faults.append(
                Fault(
                    number: number, at: Int(first + slot * (Double(number) + jitter)), kind: kind, role: role,
                    index: index))
        }
        self.faults = faults
    }

    public var description: String {
        var text = "plan of seed \(seed), \(seconds) s: \(faults.count) faults\n"
        for fault in faults {
            let at = "\(fault.at)"
            text += String(repeating: " ", count: max(0, 8 - at.count)) + at + " ms  "
            text += fault.kind.rawValue + String(repeating: " ", count: 16 - fault.kind.rawValue.count)
            text += fault.role.isOneOfMany ? "\(fault.role.rawValue) \(fault.index)\n" : "\(fault.role.rawValue)\n"
        }
        return text
    }

    /// Enough of each that a few may find nobody to hit.
    private static func count(of kind: Fault.Kind, seconds: Int) -> Int {
        switch kind {
        case .killSupervisor, .stallSource: max(11, seconds / 3)
        default: max(13, seconds / 2)
        }
    }

    private static func target(of kind: Fault.Kind, _ random: inout SeededGenerator) -> (Fault.Role, Int) {
        let roles: [Fault.Role] =
            switch kind {
            case .throw:
                [
                    .limiter, .catalog, .configuration, .connection, .connection, .suggestions, .handlers, .cart,
                    .session,
                ]
            case .killWorker:
                [
                    .limiter, .catalog, .configuration, .connection, .connection, .suggestions, .manager,
                    .handlers, .cart, .session, .web,
                ]
            case .killSupervisor: [.front, .storage, .connections, .profiles, .events, .carts, .sessions]
            case .cutConnection: [.connection]
            case .stallSource: [.suggestions]
            case .breakHandler: [.metrics]
            }
        let role = roles.randomElement(using: &random) ?? .connection
        switch role {
        case .connection: return (role, Int.random(in: 1...connections, using: &random))
        case .cart, .session: return (role, Int.random(in: 0..<1_000, using: &random))
        default: return (role, 0)
        }
    }
}
