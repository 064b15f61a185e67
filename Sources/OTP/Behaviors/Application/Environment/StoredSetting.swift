/// A value as it was set, once: what was never set anew is the same, whether or not its type can be compared.
final class StoredSetting: Sendable {
    let value: any Sendable

    init(_ value: any Sendable) { self.value = value }

    /// Whether nothing is different for whoever reads it. What cannot be compared, a function for instance, is another one each
    /// time that it is set. Runs the user's `==`.
    func isSame(as other: StoredSetting) -> Bool {
        self === other || Self.same(value, other.value)
    }

    private static func same(_ a: any Sendable, _ b: any Sendable) -> Bool {
        let type = type(of: a)
        if type != Swift.type(of: b) { return false }
        // By the type: an optional that is nil, cast itself, would have no value to be compared.
        if let type = type as? any Equatable.Type { return equal(type, a, b) }
        if type is AnyObject.Type { return a as AnyObject === b as AnyObject }
        return false
    }

    private static func equal<Value: Equatable>(_ type: Value.Type, _ a: any Sendable, _ b: any Sendable) -> Bool {
        guard let a = a as? Value, let b = b as? Value else { return false }
        return a == b
    }
}
