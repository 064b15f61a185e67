import OTP

/// A registry of a user's own.
final class Phonebook: NameRegistry {
    private let entries = Locked<[String: PID]>([:])

    func register(_ key: String, _ pid: PID) -> Bool {
        entries.with { entries in
            if entries[key] != nil { return false }
            entries[key] = pid
            return true
        }
    }
    func unregister(_ key: String) { entries.with { _ = $0.removeValue(forKey: key) } }
    func whereIs(_ key: String) -> PID? { entries.with { $0[key] } }
    var description: String { "phonebook" }
}

/// One name of each kind.
func everyKindOfName<S: ProcessBehavior>(_ type: S.Type, _ text: String = "subject") -> [ServerName<S>] {
    [ServerName(text), .global(text), .via(Phonebook(), text)]
}
