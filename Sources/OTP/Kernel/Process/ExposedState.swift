/// What the body of a plain process lets `SystemControl` see and change.
final class ExposedState {
    let get: () throws -> any Sendable
    let set: ((any Sendable) throws -> Void)?

    init(get: @escaping () throws -> any Sendable, set: ((any Sendable) throws -> Void)?) {
        self.get = get
        self.set = set
    }

    var rendered: String {
        do { return "\(try get())" } catch { return "the function that gives the state threw \(error)" }
    }
}
