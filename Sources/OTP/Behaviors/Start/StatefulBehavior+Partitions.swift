extension PartitionSupervisor {
    /// Partitions that are servers, or machines, of one type.
    ///
    /// - Parameters:
    ///   - id: Its name among its siblings; if left out, its registered name.
    ///   - partitions: How many there are, one or more; nil for as many as a node has workers.
    ///   - strategy: Which partitions are started again when one has failed.
    ///   - restarts: How many restarts are done, over all partitions, before it gives up.
    ///   - restart: When a partition is started again.
    ///   - shutdown: How a partition is ended.
    ///   - backoff: How long to wait before a partition is started again.
    ///   - options: Time limits and mailbox of the partitions.
    ///   - name: How others find the supervisor; the value itself does in any case.
    ///   - make: Makes the state of a partition from its number, inside its process, at each start.
    public init<Server: StatefulBehavior>(
        _ id: ChildID? = nil, partitions: Int? = nil, strategy: Supervisor.Strategy = .oneForOne,
        restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5)), restart: Restart = .permanent,
        shutdown: Shutdown = .within(.seconds(5)), backoff: Backoff? = nil, options: ServerOptions = ServerOptions(),
        name: SupervisorName? = nil,
        of make: @escaping @Sendable (_ partition: Int, ProcessContext<Server>) async throws -> Server
    ) where Member == ServerName<Server> {
        let id = id ?? name?.childID ?? "\(Server.self)"
        self.init(
            id, partitions: partitions, strategy: strategy, restarts: restarts,
            name: name,
            members: { partition in
                name.map { ServerName("\($0) partition \(partition)") }
                    ?? GivenName.next("partition \(partition) of", id)
            },
            child: { partition, member in
                Server.child(
                    ChildID(partition), name: member, restart: restart, shutdown: shutdown, backoff: backoff,
                    options: options
                ) { try await make(partition, $0) }
            })
    }
}
