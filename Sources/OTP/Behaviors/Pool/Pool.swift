internal import Synchronization

/// Servers that are lent, each to one caller at a time: connections, handles, anything that is dear and not to be
/// shared. Erlang: the library Poolboy.
///
/// ```swift
/// let connections = Pool("connections", size: 10, overflow: 5) { number, me in try await Connection(number, me) }
///
/// Supervisor(.oneForOne) { connections }
/// …
/// let rows = try await connections.withResource { try await $0.call { .query("…", $0) } }
/// ```
///
/// There are `size` members, supervised: one that fails is started again. When all are in use, further ones begin, up to
/// `overflow`, and end when they come back and nobody waits. After that callers wait, first come, first served.
///
/// **A member always comes back**: when `withResource` is through, however it ends, and when the process that has it
/// ends, even if it was killed. A caller that ends or is cancelled while it waits waits no longer.
///
/// The value leads to its running pool on the current node, also after a restart. It may stand in a tree once.
public struct Pool<Member: StatefulBehavior>: Supervisable {
    private let name: String
    private let server: ServerName<PoolServer<Member>>
    private let supervisor: Supervisor

    /// - Parameters:
    ///   - id: Its name among its siblings.
    ///   - size: How many members there are, zero or more.
    ///   - overflow: How many there may be beyond that while all are in use.
    ///   - order: Which free member is taken next.
    ///   - restarts: How many failures of members are borne before the pool gives up.
    ///   - shutdown: How a member is ended.
    ///   - backoff: How long to wait before a failed member is started again.
    ///   - options: Time limits and mailbox of the members.
    ///   - memberName: How each member is registered, by its number.
    ///   - make: Makes the state of a member from its number, inside its process, at each start. Numbers begin with 1;
    ///     members beyond the size get higher ones, each a new one.
    public init(
        _ id: ChildID, size: Int, overflow: Int = 0, order: PoolOrder = .lifo,
        restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5)), shutdown: Shutdown = .within(.seconds(5)),
        backoff: Backoff? = nil, options: ServerOptions = ServerOptions(),
        memberName: (@Sendable (Int) -> ServerName<Member>)? = nil,
        of make: @escaping @Sendable (Int, ProcessContext<Member>) async throws -> Member
    ) {
        let name = id.description
        let server = ServerName<PoolServer<Member>>("pool \(name) #\(PoolNumber.next())")
        let extra = DynamicSupervisor<Int, ServerRef<Member>>(
            "overflow", restart: .temporary, shutdown: shutdown, options: options, name: memberName, of: make)
        self.name = name
        self.server = server
        // Named, so that a restart waits for what is left of a predecessor that still ends, and does not meet its names.
        supervisor = Supervisor(id, .restForOne, restarts: restarts, name: SupervisorName("\(server) supervisor")) {
            let isValid = size >= 0 && overflow >= 0 && size + overflow > 0
            if !isValid { throw PoolError(.invalidSize(size, overflow: overflow), pool: name) }
            return [
                PoolServer<Member>.child("pool", name: server) {
                    let machine = PoolMachine(size: size, overflow: overflow, order: order)
                    return PoolServer(name, machine, overflow: extra)
                },
                Supervisor("members", .oneForOne, restarts: restarts) {
                    for number in 0..<size {
                        Member.child(
                            "member \(number + 1)", name: memberName?(number + 1), shutdown: shutdown, backoff: backoff,
                            options: options
                        ) { me in
                            let member = try await make(number + 1, me)
                            server.cast(.arrived(me.ref))
                            return member
                        }
                    }
                }.childSpec,
                extra.childSpec,
            ]
        }
    }

    public var childSpec: ChildSpec { supervisor.childSpec }

    /// Starts it outside any tree; returns when all its members have started. Poolboy: `start/1`.
    ///
    /// - Throws: ``SupervisorError``, ``PoolError`` `.invalidSize`.
    @discardableResult public nonisolated(nonsending) func start() async throws -> SupervisorRef {
        try await supervisor.start()
    }

    /// Starts it linked to the process that starts it. Poolboy: `start_link/1`.
    ///
    /// - Throws: As ``start()``.
    @discardableResult public nonisolated(nonsending) func startLink<B>(
        _ parent: ProcessContext<B>
    ) async throws -> SupervisorRef {
        try await supervisor.startLink(parent)
    }

    /// Starts it linked to a plain process. Poolboy: `start_link/1`.
    ///
    /// - Throws: As ``start()``.
    @discardableResult public nonisolated(nonsending) func startLink<M>(
        _ parent: PlainProcess<M>
    ) async throws -> SupervisorRef {
        try await supervisor.startLink(parent)
    }

    /// Runs `body` with a member that nobody else has meanwhile, and gives it back. Poolboy: `transaction/3`.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait for a member.
    ///   - waits: Whether to wait at all if none is free and no further one may begin.
    /// - Throws: What `body` throws; ``PoolError``; `CancellationError` if the wait is cancelled.
    public nonisolated(nonsending) func withResource<Result>(
        timeout: Duration = .seconds(5), waits: Bool = true,
        _ body: nonisolated(nonsending) (ServerRef<Member>) async throws -> Result
    ) async throws -> Result {
        let lease = try await checkOut(timeout: timeout, waits: waits)
        defer { lease.checkIn() }
        return try await body(lease.member)
    }

    /// Takes a member out, for longer than a closure lasts. Poolboy: `checkout/3`.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait for a member.
    ///   - waits: Whether to wait at all if none is free and no further one may begin.
    /// - Throws: ``PoolError``; `CancellationError` if the wait is cancelled.
    public nonisolated(nonsending) func checkOut(
        timeout: Duration = .seconds(5), waits: Bool = true
    ) async throws -> PoolLease<Member> {
        guard let pool = server.whereIs() else { throw PoolError(.notRunning, pool: name) }
        let ticket = PoolNumber.next()
        let owner = CurrentProcess.cell?.pid
        do {
            let answer: PoolServer<Member>.Answer = try await pool.call(timeout: timeout) {
                .checkOut(ticket, owner: owner, waits: waits, $0)
            }
            return PoolLease(try answer.get(), ticket, pool)
        } catch {
            // It may have been lent at the last moment.
            pool.cast(.checkIn(ticket))
            guard let error = error as? CallError else { throw error }
            switch error.code {
            case .timeout: throw PoolError(.timeout, pool: name)
            case .noProcess, .exited: throw PoolError(.notRunning, pool: name)
            default: throw error
            }
        }
    }

    /// The pool at this instant. Poolboy: `status/1`.
    ///
    /// - Throws: ``PoolError`` `.notRunning`; ``CallError``.
    public nonisolated(nonsending) func status() async throws -> PoolStatus {
        guard let pool = server.whereIs() else { throw PoolError(.notRunning, pool: name) }
        return try await pool.call { .status($0) }
    }
}

/// Numbers for tickets, and for pools so that those of one id still lead to processes of their own.
private enum PoolNumber {
    private static let count = Atomic<UInt64>(0)
    static func next() -> UInt64 { count.add(1, ordering: .relaxed).newValue }
}
