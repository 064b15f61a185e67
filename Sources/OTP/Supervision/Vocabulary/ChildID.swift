/// The name of a child within its supervisor. Erlang: the `id` of a child specification.
///
/// Usually a literal, `"storage"` or `"connection \(i)"`; any hashable value will do.
public struct ChildID: Hashable, Sendable {
    private let storage: Storage

    private enum Storage: Sendable {
        case text(String)
        case value(any Hashable & Sendable)
    }

    /// Identifies a child by `value`. The same text gives the same id, however it was made.
    public init(_ value: some Hashable & Sendable) {
        storage = if let text = value as? String { .text(text) } else { .value(value) }
    }

    public static func == (a: ChildID, b: ChildID) -> Bool {
        switch (a.storage, b.storage) {
        case (.text(let a), .text(let b)): a == b
        case (.value(let a), .value(let b)): AnyHashable(a) == AnyHashable(b)
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch storage {
        case .text(let text): hasher.combine(text)
        case .value(let value): value.hash(into: &hasher)
        }
    }
}

extension ChildID: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    public init(stringLiteral text: String) { storage = .text(text) }
}

extension ChildID: CustomStringConvertible {
    public var description: String {
        switch storage {
        case .text(let text): text
        case .value(let value): "\(value)"
        }
    }
}
