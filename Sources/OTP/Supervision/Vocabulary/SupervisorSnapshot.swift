/// A supervisor at one instant, for people and for health checks; available while it is busy.
public struct SupervisorSnapshot: Sendable {
    /// Which children are started again when one has failed.
    public let strategy: Supervisor.Strategy
    /// Whether it ends with its significant children.
    public let autoShutdown: Supervisor.AutoShutdown
    /// How many restarts it does before it gives up.
    public let restarts: Supervisor.Restarts
    /// How many of these are left now.
    public let restartsLeft: Int
    /// The children in the order of their start.
    public let children: [ChildStatus]
    /// Declared children that were temporary and have ended: nobody starts them again.
    public let departed: [ChildStatus]
    /// Killed children whose last handler still runs.
    public let zombies: Int
    /// Whether it is on its way out.
    public let isEnding: Bool
    /// Whether its children are started on request and not declared.
    public let isDynamic: Bool
}

extension SupervisorMachine {
    /// The present state, at the time `now`.
    func snapshot(at now: Duration) -> SupervisorSnapshot {
        SupervisorSnapshot(
            strategy: strategy, autoShutdown: autoShutdown, restarts: window.limit,
            restartsLeft: window.budget(at: now), children: children.map { children[$0].status },
            departed: departed.values.sorted { $0.id.description < $1.id.description }, zombies: zombies.count,
            isEnding: isEnding, isDynamic: false)
    }
}
