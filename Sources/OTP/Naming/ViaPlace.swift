/// A registry that the user brings: anything that leads from a key to a process. Erlang: a `via` module.
///
/// Two names are equal if their keys are, and their registries: of a class the same object, else of one type and with
/// the same description. A structure of which there are several that do not share their keys needs a description that
/// tells them apart; by default it is the name of the type.
public protocol NameRegistry: Sendable, CustomStringConvertible {
    /// What names are made of.
    associatedtype Key: Hashable & Sendable

    /// Registers `pid` under `key`; false if the key is taken. Erlang: `register_name/2`.
    func register(_ key: Key, _ pid: PID) -> Bool
    /// Sets the key free, also one of a process that has just ended; nothing happens if it is free. Erlang:
    /// `unregister_name/1`.
    func unregister(_ key: Key)
    /// Who has the key; it makes no difference whether those that have ended are named. Erlang: `whereis_name/1`.
    func whereIs(_ key: Key) -> PID?
}

extension NameRegistry {
    public var description: String { String(describing: Self.self) }
}

/// A key in some registry, its type erased. An object, so that a name is copied like two words and a reference.
final class ViaPlace: Hashable, Sendable, CustomStringConvertible {
    let target: any ViaTarget
    /// The process under the key.
    let find: @Sendable (Node) -> ProcessCell?

    /// - Parameter find: Made where the types are known, so that nothing is looked up for them each time the name is used.
    init(_ target: any ViaTarget, find: @escaping @Sendable (Node) -> ProcessCell?) {
        self.target = target
        self.find = find
    }

    static func == (a: ViaPlace, b: ViaPlace) -> Bool { a.target.identity == b.target.identity }
    func hash(into hasher: inout Hasher) { hasher.combine(target.identity) }
    var description: String { "\(target.registryText) \(target.keyText)" }
    /// The key alone.
    var key: any Hashable & Sendable { target.anyKey }

    /// What comes of asking for a key.
    enum Answer {
        case given
        /// Another process has it, which has not yet set its names free.
        case held(ProcessCell)
        /// The registry says no, and knows nobody alive who has it.
        case refused
    }

    /// Registers the process.
    func register(_ cell: ProcessCell) -> Answer {
        // More than once: whoever had the key may have set it free between the refusal and the look.
        for _ in 0..<4 {
            if target.register(cell) { return .given }
            // Whose names are free and who is named all the same is named by mistake.
            if let holder = find(cell.node), !holder.has(ProcessCell.Control.closed) { return .held(holder) }
        }
        return .refused
    }
}

/// One key of one registry.
protocol ViaTarget: Sendable {
    var registryText: String { get }
    var keyText: String { get }
    var anyKey: any Hashable & Sendable { get }
    /// What makes it the same key of the same registry.
    var identity: AnyHashable { get }
    /// Why nobody can be registered there at all, if so.
    var problem: String? { get }
    /// Whether finding the process runs nothing that may wait.
    var isPrompt: Bool { get }
    /// Why somebody has just not been registered there although nobody has the key; nil if that cannot be said.
    var refusal: String? { get }

    /// False if the key is taken. The process's end sets it free.
    func register(_ cell: ProcessCell) -> Bool
    func unregister(on node: Node)
}

extension ViaTarget {
    var isPrompt: Bool { true }
}

/// A key in a user's registry.
struct UserVia<Registry: NameRegistry>: ViaTarget {
    private struct Identity: Hashable {
        let registry: String
        let object: ObjectIdentifier?
        let key: Registry.Key
    }

    let registry: Registry
    let key: Registry.Key

    var registryText: String { registry.description }
    var keyText: String { "\(key)" }
    var anyKey: any Hashable & Sendable { key }
    var identity: AnyHashable {
        if Registry.self is AnyObject.Type {
            return AnyHashable(Identity(registry: "", object: ObjectIdentifier(registry as AnyObject), key: key))
        }
        return AnyHashable(Identity(registry: registryText, object: nil, key: key))
    }
    var problem: String? { nil }
    var isPrompt: Bool { false }
    var refusal: String? { nil }

    func register(_ cell: ProcessCell) -> Bool {
        guard registry.register(key, cell.pid) else { return false }
        if !cell.hold(ViaHold(self)) { registry.unregister(key) }
        return true
    }

    func unregister(on node: Node) { registry.unregister(key) }
}

/// The hold of a process on a key in a user's registry.
final class ViaHold<Registry: NameRegistry>: NameHold {
    private let via: UserVia<Registry>
    init(_ via: UserVia<Registry>) { self.via = via }
    var text: String? { "\(via.registryText) \(via.keyText)" }

    func release(_ pid: PID) {
        // One that names only the living names nobody now, and keeps the key all the same.
        if let holder = via.registry.whereIs(via.key), holder != pid { return }
        via.registry.unregister(via.key)
    }
}
