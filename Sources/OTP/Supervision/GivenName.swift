internal import Synchronization

/// Names for supervisors that were given none: values that are alike still lead to processes of their own. Lists of names
/// do not show them, and the number is no part of their text, which is therefore the same in each run.
enum GivenName {
    private static let count = Atomic<Int>(0)

    static func next<Server>(_ kind: String, _ id: ChildID) -> ServerName<Server> {
        let number = count.add(1, ordering: .relaxed).newValue
        return ServerName(place: NamePlace(NameTable.Key(given: "\(kind) \(id)", number: number)))
    }
}
