internal import Synchronization

/// Names for supervisors that were given none: values that are alike still lead to processes of their own.
enum GivenName {
    private static let count = Atomic<Int>(0)

    static func next(_ kind: String, _ id: ChildID) -> String {
        "\(kind) \(id) #\(count.add(1, ordering: .relaxed).newValue)"
    }
}
