/// Several children of one kind, each of which has its share of the keys: where one process would be too slow for all
/// callers. Elixir: `PartitionSupervisor`.
///
/// ```swift
/// let carts = PartitionSupervisor("carts") { partition, me in Carts(partition, me) }
/// …
/// try await carts["ann"].call { .add("tea", $0) }        // the same partition each time
/// ```
///
/// The partitions begin and end together with it, one after the other, and each is restarted on its own unless
/// another strategy is given. ``subscript(_:)`` leads from a key to the partition that has it: a name, which stays valid
/// when the partition is restarted. Whole numbers go by their magnitude, so that `carts[2]` is partition 2.
///
/// The value leads to its running processes on the current node, also after a restart. It may stand in a tree once.
/// What a partition keeps is not carried over by ``resize(to:)``: keys then belong to other partitions.
public struct PartitionSupervisor<Member: Sendable>: Supervisable {
    let name: SupervisorName
    let members: [Member]
    let child: @Sendable (Int, Member) -> ChildSpec
    let maker: SupervisorMaker
    public let childSpec: ChildSpec

    /// Partitions of any kind.
    ///
    /// - Parameters:
    ///   - id: Its name among its siblings; if left out, its registered name.
    ///   - partitions: How many there are, one or more; nil for as many as ``Node/defaultWorkers``.
    ///   - strategy: Which partitions are started again when one has failed.
    ///   - restarts: How many restarts are done, over all partitions, before it gives up.
    ///   - restart: When it is started again as a child.
    ///   - shutdown: How it is ended as a child.
    ///   - name: How others find it; the value itself does in any case.
    ///   - members: By what each partition is found. Called once for each.
    ///   - child: The specification of a partition, from its number and what it is found by; evaluated at each start.
    ///     Its id is the number. Elixir: `child_spec` and `with_arguments`.
    public init(
        _ id: ChildID? = nil, partitions: Int? = nil, strategy: Supervisor.Strategy = .oneForOne,
        restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5)), restart: Restart = .permanent,
        shutdown: Shutdown = .infinity, name: SupervisorName? = nil, members: (Int) -> Member,
        child: @escaping @Sendable (Int, Member) -> ChildSpec
    ) {
        let id = id ?? name?.childID ?? "PartitionSupervisor"
        let count = partitions ?? Node.defaultWorkers
        let numbered: @Sendable (Int, Member) -> ChildSpec = { number, member in
            var spec = child(number, member)
            spec.id = ChildID(number)
            return spec
        }
        // A wrong number of partitions is told at the start; a name to look up there is in any case.
        let members = (0..<max(count, 1)).map(members)
        let maker: SupervisorMaker = { seed in
            guard count >= 1 else { throw SupervisorError(.invalidPartitions(count)) }
            try restarts.validate()
            let specs = members.enumerated().map { numbered($0, $1) }
            try ChildSpec.validate(specs, under: .never)
            return SupervisorMachine(
                strategy: strategy, restarts: restarts, autoShutdown: .never, children: specs, seed: seed)
        }
        let name = name ?? SupervisorName(server: GivenName.next("partition supervisor", id))
        self.name = name
        self.members = members
        self.child = numbered
        self.maker = maker
        childSpec = ChildSpec(
            id: id, kind: .supervisor, restart: restart, shutdown: shutdown,
            starter: SupervisorStarter(name: name.server, partitions: count, maker: maker))
    }

    /// Partitions that are dynamic supervisors: children are started under the one that has their key.
    ///
    /// ```swift
    /// let rooms = PartitionSupervisor("rooms") { _ in DynamicSupervisor("rooms") { (id: Int, me) in Room(id, me) } }
    /// let room = try await rooms[7].startChild(7)
    /// ```
    ///
    /// - Parameters:
    ///   - id: Its name among its siblings; if left out, its registered name.
    ///   - partitions: How many there are, one or more; nil for as many as ``Node/defaultWorkers``.
    ///   - strategy: Which partitions are started again when one has failed.
    ///   - restarts: How many restarts are done, over all partitions, before it gives up.
    ///   - name: How others find it; the value itself does in any case.
    ///   - make: Makes each partition from its number; called once for each.
    public init<Argument, Ref>(
        _ id: ChildID? = nil, partitions: Int? = nil, strategy: Supervisor.Strategy = .oneForOne,
        restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5)), name: SupervisorName? = nil,
        of make: (_ partition: Int) -> DynamicSupervisor<Argument, Ref>
    ) where Member == DynamicSupervisor<Argument, Ref> {
        self.init(
            id, partitions: partitions, strategy: strategy, restarts: restarts, name: name, members: make,
            child: { _, member in member.childSpec })
    }

    /// The running process; nil if it does not run on the current node.
    public var ref: SupervisorRef? { name.ref }

    /// Starts it outside any tree. Elixir: `PartitionSupervisor.start_link/1`, not linked.
    ///
    /// - Throws: ``SupervisorError`` for wrong options or a partition that did not start; ``StartError`` if the name is
    ///   taken.
    @discardableResult public nonisolated(nonsending) func start() async throws -> SupervisorRef {
        try await SupervisorStart.start(
            childSpec.id, name.server, parent: CurrentProcess.cell, isLinked: false, partitions: members.count, maker)
    }

    /// Starts it linked to the process that starts it. Elixir: `PartitionSupervisor.start_link/1`.
    ///
    /// - Throws: As ``start()``.
    @discardableResult public nonisolated(nonsending) func startLink<B>(
        _ parent: ProcessContext<B>
    ) async throws -> SupervisorRef {
        try await SupervisorStart.start(
            childSpec.id, name.server, parent: parent.cell, isLinked: true, partitions: members.count, maker)
    }

    /// Starts it linked to a plain process. Elixir: `PartitionSupervisor.start_link/1`.
    ///
    /// - Throws: As ``start()``.
    @discardableResult public nonisolated(nonsending) func startLink<Message>(
        _ parent: PlainProcess<Message>
    ) async throws -> SupervisorRef {
        try await startLink(parent.context)
    }

    /// Ends it, the partitions one by one, the last one first, and waits for it. Elixir: `PartitionSupervisor.stop/3`.
    ///
    /// - Parameters:
    ///   - reason: What links and monitors of the supervisor will see; the children are told `shutdown` in any case.
    ///   - deadline: How long all of it may take; what runs then is killed. Nil: as long as the partitions may take.
    /// - Throws: ``CallError``: `.noProcess`; `.exited` if it ended with another reason.
    public nonisolated(nonsending) func stop(
        reason: ExitReason = .normal, deadline: Duration? = nil
    ) async throws {
        try await name.stop(reason: reason, deadline: deadline)
    }

    /// The partitions with their numbers as ids. Elixir: `PartitionSupervisor.which_children/1`.
    ///
    /// - Throws: ``CallError`` `.noProcess` if it does not run.
    public nonisolated(nonsending) func children() async throws -> [ChildStatus] { try await name.children() }

    /// How many partitions there are and how many run. Elixir: `PartitionSupervisor.count_children/1`.
    ///
    /// - Throws: ``CallError`` `.noProcess` if it does not run.
    public nonisolated(nonsending) func childCounts() async throws -> ChildCounts { try await name.childCounts() }

    /// The supervisor at this instant.
    ///
    /// - Throws: ``CallError`` `.noProcess` if it does not run.
    public nonisolated(nonsending) func snapshot() async throws -> SupervisorSnapshot { try await name.snapshot() }
}
