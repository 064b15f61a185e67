/// The children that a restart stops and starts.
enum RestartScope: Sendable {
    /// The failed child, nobody else.
    case only(Int)
    /// All from this slot to the end of the list.
    case from(Int)
}

/// What makes one strategy differ from another: how far a failure reaches.
protocol RestartStrategy {
    static func scope(of failed: Int, in children: ChildList) -> RestartScope
}

extension Supervisor.Strategy {
    func scope(of failed: Int, in children: ChildList) -> RestartScope {
        switch self {
        case .oneForOne: OneForOne.scope(of: failed, in: children)
        case .oneForAll: OneForAll.scope(of: failed, in: children)
        case .restForOne: RestForOne.scope(of: failed, in: children)
        }
    }
}
