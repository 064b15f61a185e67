/// A registry that the user brings: anything that leads from a key to a process. Erlang: a `via` module.
///
/// Two names are equal if their keys are, and their registries: of a class the same object, else of one type and with
/// the same description. A structure of which there are several that do not share their keys needs a description that
/// tells them apart; by default it is the name of the type.
///
/// A key that was given by a name is set free by the name, with ``ServerName/unregister(on:)``, or by its holder's end. Who sets
/// it free in the registry alone leaves the process in the belief that it has the key.
public protocol NameRegistry: Sendable, CustomStringConvertible {
    /// What names are made of.
    associatedtype Key: Hashable & Sendable

    /// Registers `pid` under `key`; false if the key is taken. Erlang: `register_name/2`.
    func register(_ key: Key, _ pid: PID) -> Bool
    /// Sets the key free, also one of a process that has just ended; nothing happens if it is free. Erlang:
    /// `unregister_name/1`.
    func unregister(_ key: Key)
    /// Who has the key; those that have ended may be named or not. Erlang: `whereis_name/1`.
    ///
    /// A start under a key whose holder is ending at that moment waits until the key is free if the registry names that holder.
    /// If it names only the living, and `register` refuses the key, nobody knows for whom to wait: the start fails, as
    /// ``StartError`` `.badName`.
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
        let hold = ViaHold(self)
        if !cell.hold(hold) { hold.release(cell.pid) }
        return true
    }

    func unregister(on node: Node) {
        // First, so that the holder's end does not free the key of whoever gets it next.
        if let holder = registry.whereIs(key).flatMap(Node.cell) { letGo(of: holder) }
        registry.unregister(key)
    }

    /// Nothing is compared under the process's lock: what compares is the user's code.
    private func letGo(of holder: ProcessCell) {
        let identity = identity
        holder.holds.forEach { hold in
            if let hold = hold as? ViaHold<Registry>, hold.via.identity == identity { holder.letGo(hold) }
        }
    }
}

/// The hold of a process on a key in a user's registry.
final class ViaHold<Registry: NameRegistry>: NameHold {
    let via: UserVia<Registry>
    init(_ via: UserVia<Registry>) { self.via = via }
    var text: String? { "\(via.registryText) \(via.keyText)" }

    func release(_ pid: PID) {
        // One that names only the living names nobody now, and keeps the key all the same.
        if let holder = via.registry.whereIs(via.key), holder != pid { return }
        via.registry.unregister(via.key)
    }
}
