/// How many children a supervisor has. Erlang: `count_children`.
public struct ChildCounts: Sendable, Hashable {
    /// Specifications, whether their child runs or not.
    public let specs: Int
    /// Children that run.
    public let active: Int
    /// Children that are supervisors, running or not.
    public let supervisors: Int
    /// Children that are workers, running or not.
    public let workers: Int

    /// Public for tests of code that reads counts.
    public init(specs: Int, active: Int, supervisors: Int, workers: Int) {
        self.specs = specs
        self.active = active
        self.supervisors = supervisors
        self.workers = workers
    }
}
