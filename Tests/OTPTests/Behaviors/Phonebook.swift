@testable import OTP

/// A registry of a user's own, in which a key is taken until it is set free.
final class Phonebook: NameRegistry {
    /// Whether those that have ended are not named, as by Elixir's `Registry.whereis_name/1`.
    private let namesOnlyLiving: Bool
    private let entries = Locked<[String: PID]>([:])

    init(namesOnlyLiving: Bool = false) { self.namesOnlyLiving = namesOnlyLiving }

    func register(_ key: String, _ pid: PID) -> Bool {
        entries.with { entries in
            if entries[key] != nil { return false }
            entries[key] = pid
            return true
        }
    }
    func unregister(_ key: String) { entries.with { _ = $0.removeValue(forKey: key) } }
    func whereIs(_ key: String) -> PID? {
        entries.value[key].flatMap { !namesOnlyLiving || Node.current.isAlive($0) ? $0 : nil }
    }

    /// Takes the key for nobody who lives.
    func keep(_ key: String) { entries.with { $0[key] = PID(node: 0, number: 1 << 40) } }
    var keys: [String] { entries.value.keys.sorted() }
    var description: String { "phonebook" }
}

/// One name of each kind.
func everyKindOfName<S: ProcessBehavior>(_ type: S.Type, _ text: String = "subject") -> [ServerName<S>] {
    [ServerName(text), .global(text), .via(Phonebook(), text)]
}
