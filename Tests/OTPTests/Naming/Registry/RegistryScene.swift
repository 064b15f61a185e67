import OTPTestKit
import Testing

@testable import OTP

/// Keys and values of any shape, as the rows want them; what looks like a pattern is a key like any other.
enum Term: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByArrayLiteral
{
    case text(String)
    case integer(Int)
    case float(Double)
    case wildcard
    case variable(Int)
    case tuple([Term])
    case map([Term: Term])

    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral number: Int) { self = .integer(number) }
    init(floatLiteral number: Double) { self = .float(number) }
    init(arrayLiteral terms: Term...) { self = .tuple(terms) }

    /// The parts of a tuple.
    var parts: [Term] { if case .tuple(let parts) = self { parts } else { [] } }

    var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .float(let number): number
        default: nil
        }
    }
}

typealias Terms = RegistryName<Term, Term>
extension RegistryName<Term, Term> { static var terms: Self { "terms" } }

/// What makes something of an entry, and what counts it.
typealias Clause = (Term, PID, Term) -> Term?
typealias Condition = (Term, PID, Term) -> Bool

/// How a registry of a row is set up.
struct RegistrySetup: Sendable {
    let keys: RegistryKeys
    let partitions: Int

    static let unique = [1, 8].map { RegistrySetup(keys: .unique, partitions: $0) }
    static let duplicate = [RegistryKeys.duplicate, .duplicate(by: .process), .duplicate(by: .key)].flatMap { keys in
        [1, 8].map { RegistrySetup(keys: keys, partitions: $0) }
    }

    func registry(_ listeners: [RegistryListener<Term, Term>] = []) -> Registry<Term, Term> {
        Registry(.terms, keys: keys, partitions: partitions, listeners: listeners)
    }
}

/// A process that registers and unregisters as it is told.
struct Holder: GenServer {
    typealias Deed = @Sendable (Me) throws -> Void
    enum Call: Sendable { case perform(Deed, Reply<Result<Void, any Error>>) }

    func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .perform(let deed, let reply): return reply(Result { try deed(me) })
        }
    }
}

extension ServerAddress<Holder> {
    func perform(_ deed: @escaping Holder.Deed) async throws {
        try await call { .perform(deed, $0) }.get()
    }

    func register(_ key: Term, _ value: Term) async throws {
        try await perform { try Terms.terms.register(key, value, for: $0) }
    }

    /// Registers, and returns to which of the registry's own processes it is linked.
    func registered(_ key: Term, _ value: Term) async throws -> PID {
        let home = Locked<PID?>(nil)
        try await perform { me in
            let pid = try Terms.terms.register(key, value, for: me)
            home.with { $0 = pid }
        }
        return try need(home.with { $0 })
    }

    func refusal(_ key: Term, _ value: Term) async throws -> RegistryError.Code? {
        do { try await register(key, value) } catch let error as RegistryError { return error.code }
        return nil
    }
}

extension RegistryError.Code? {
    /// Who has the key, if that was the refusal.
    var holder: PID? { if case .alreadyRegistered(let pid)? = self { pid } else { nil } }
    var isNotRunning: Bool { if case .notRunning? = self { true } else { false } }
}

/// Plays a scene with each of these registries, started by the process that plays it.
func play(
    _ setups: [RegistrySetup], seeds: Range<UInt64> = 0..<2, listeners: [RegistryListener<Term, Term>] = [],
    _ body: @escaping @Sendable (Scene, Registry<Term, Term>) async throws -> Void
) {
    for setup in setups {
        play(seeds: seeds) { scene in
            let registry = setup.registry(listeners)
            let supervisor = try await registry.startLink(scene.me)
            try await body(scene, registry)
            try await supervisor.stop()
        }
    }
}

extension Scene {
    func holder() async throws -> ServerRef<Holder> { try await Holder.start { Holder() } }
    func kill(_ pid: PID) async throws { try await end(pid, .kill) }
}

/// What is registered, as one can compare it.
func shown(_ entries: [(pid: PID, value: Term)]) -> [String] { entries.map { "\($0.pid) \($0.value)" }.sorted() }
func shown(_ entries: (PID, Term)...) -> [String] { entries.map { "\($0.0) \($0.1)" }.sorted() }
