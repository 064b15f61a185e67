/// A registry as part of a tree: what its ``RegistryName`` leads to. Elixir: `Registry`, as a child specification.
///
/// ```swift
/// Supervisor(.oneForOne) {
///     Registry(.connections)
///     Connection.child("first", name: .via(.connections, 1)) { … }
/// }
/// ```
///
/// It stands before those that register in it. Its process is a supervisor of one process for each partition, to one of
/// which everybody is linked who is registered. When that fails he ends as well, to be started and registered again by
/// his own supervisor; unless he traps exits: then he lives on, unregistered. Of duplicate keys that are spread by
/// process only the partition that failed is started again, empty, else all are.
public struct Registry<Key: Hashable & Sendable, Value: Sendable>: Supervisable {
    /// By what it is found.
    public let name: RegistryName<Key, Value>
    private let server: ServerName<SupervisorBehavior>
    private let maker: SupervisorMaker
    public let childSpec: ChildSpec

    /// - Parameters:
    ///   - name: By what it is found; one registry on a node has it.
    ///   - keys: Whether a key leads to one process or to several.
    ///   - partitions: Into how many parts the entries are divided, at least one; more than one if many processes
    ///     register at the same time.
    ///   - listeners: Who is told of registrations.
    ///   - metadata: What it knows about itself from its start on.
    ///   - restarts: How many failures of its own processes it bears before it gives up.
    public init(
        _ name: RegistryName<Key, Value>, keys: RegistryKeys = .unique, partitions: Int = 1,
        listeners: [RegistryListener<Key, Value>] = [], metadata: [RegistryMetadata] = [],
        restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5))
    ) {
        let id = "registry \(name.text)"
        let server = ServerName<SupervisorBehavior>(id)
        let maker: SupervisorMaker = { seed in
            try restarts.validate()
            if partitions < 1 { throw SupervisorError(.invalidPartitions(partitions)) }
            // It has begun under its name, so nobody else is installed under that of the registry.
            guard let cell = CurrentProcess.cell else { throw StartError(.killed, what: id) }
            let core = RegistryCore(
                name.text, keys, partitions: partitions, listeners: listeners, metadata: metadata, on: cell.node)
            let end = FixtureEnd(core, name.text, cell.node.registries) { core.locks.close() }
            guard cell.own(end) else { throw StartError(.killed, what: id) }
            guard cell.node.registries.install(core, as: name.text) else {
                throw RegistryError(.notRunning, registry: name.text)
            }
            let children = (0..<partitions).map { index in
                ChildSpec(
                    id: ChildID("partition \(index)"), starter: RegistryPartitionStarter(core: core, index: index))
            }
            return SupervisorMachine(
                strategy: keys.strategy, restarts: restarts, autoShutdown: .never, children: children, seed: seed)
        }
        self.name = name
        self.server = server
        self.maker = maker
        childSpec = ChildSpec(
            id: ChildID(id), kind: .supervisor, starter: SupervisorStarter(name: server, maker: maker))
    }

    /// The running process, on the current node; nil if it does not run.
    public var ref: SupervisorRef? { server.whereIs().map(SupervisorRef.init(server:)) }

    /// Starts it outside any tree. Elixir: `Registry.start_link/1`, not linked.
    ///
    /// - Throws: ``StartError`` `.alreadyStarted` if a registry of this name runs; ``SupervisorError``.
    @discardableResult public nonisolated(nonsending) func start() async throws -> SupervisorRef {
        try await SupervisorStart.start(childSpec.id, server, parent: CurrentProcess.cell, isLinked: false, maker)
    }

    /// Starts it linked to the process that starts it. Elixir: `Registry.start_link/1`.
    ///
    /// - Throws: As ``start()``.
    @discardableResult public nonisolated(nonsending) func startLink<B>(
        _ parent: ProcessContext<B>
    ) async throws -> SupervisorRef {
        try await SupervisorStart.start(childSpec.id, server, parent: parent.cell, isLinked: true, maker)
    }

    /// Starts it linked to a plain process. Elixir: `Registry.start_link/1`.
    ///
    /// - Throws: As ``start()``.
    @discardableResult public nonisolated(nonsending) func startLink<M>(
        _ parent: PlainProcess<M>
    ) async throws -> SupervisorRef {
        try await startLink(parent.context)
    }
}

extension RegistryKeys {
    /// What is started again when a partition has failed. Its holders have all that they have in it if entries are spread
    /// by process; if they are spread by key, they may have entries in any partition.
    fileprivate var strategy: Supervisor.Strategy { isByKey ? .oneForAll : .oneForOne }
}

/// Starts the process of a partition: all it does is to be linked to.
struct RegistryPartitionStarter<Key: Hashable & Sendable, Value: Sendable>: ChildStarter {
    let core: RegistryCore<Key, Value>
    let index: Int

    var startTimeout: Duration? { nil }

    func make(_ spec: ChildSpec, under supervisor: SupervisorCell, _ handshake: StartHandshake?) throws -> ProcessCell {
        let cell = PlainCell<ExitMessage>(
            node: supervisor.node, origin: supervisor.lineage, limits: nil
        ) { me in
            while true {
                let exit = try await me.receive()
                if exit.pid == me.parent { throw Exit(exit.reason) }
            }
        }
        // Before anybody can be linked to it.
        cell.exitHandler = { $0 }
        cell.set(ProcessCell.Control.trapping)
        try supervisor.adopt(cell, as: nil)
        let (core, index) = (core, index)
        core.began(index, cell)
        let end = EndAction { [unowned cell] _ in core.ended(index, cell) }
        if !cell.own(end) { core.ended(index, cell) }
        handshake?.acknowledge()
        return cell
    }
}
