extension PartitionSupervisor {
    /// Partitions that are task supervisors: where one would be too slow for all who start tasks. Elixir: a
    /// `PartitionSupervisor` of `Task.Supervisor`.
    ///
    /// ```swift
    /// let mails = PartitionSupervisor("mails") { _ in TaskSupervisor() }
    /// try await mails[receipt.id].startChild { try await send(receipt) }
    /// ```
    ///
    /// - Parameters:
    ///   - id: Its name among its siblings; if left out, its registered name.
    ///   - partitions: How many there are, one or more; nil for as many as a node has workers.
    ///   - strategy: Which partitions are started again when one has failed.
    ///   - restarts: How many restarts are done, over all partitions, before it gives up.
    ///   - name: How others find it; the value itself does in any case.
    ///   - make: Makes each partition from its number; called once for each.
    public init(
        _ id: ChildID? = nil, partitions: Int? = nil, strategy: Supervisor.Strategy = .oneForOne,
        restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5)), name: SupervisorName? = nil,
        of make: (_ partition: Int) -> TaskSupervisor
    ) where Member == TaskSupervisor {
        self.init(
            id, partitions: partitions, strategy: strategy, restarts: restarts, name: name, members: make,
            child: { _, member in member.childSpec })
    }
}
