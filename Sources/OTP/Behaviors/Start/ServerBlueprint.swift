/// How a server process is started. Erlang: the options of `gen_server:start/4`.
public struct ServerOptions: Sendable {
    /// How long `init` may take; nil: as long as it likes. Erlang: the `timeout` option of `start`.
    public var timeout: Duration?
    /// The bound of its mailbox; nil: the node's default.
    public var mailbox: MailboxBound?
    /// How long a `terminate` that suspends may take; nil: as long as it likes.
    public var terminateLimit: Duration?
    /// Memory is given back when no message has come for this long. Erlang: `hibernate_after`.
    public var hibernateAfter: Duration?
    /// What watches it from its start. Erlang: the `debug` option of `start`.
    public var debug: [DebugOption]

    /// By default `init` has no limit, `terminate` five seconds, and the mailbox no bound.
    public init(
        timeout: Duration? = nil, mailbox: MailboxBound? = nil, terminateLimit: Duration? = .seconds(5),
        hibernateAfter: Duration? = nil, debug: [DebugOption] = []
    ) {
        self.timeout = timeout
        self.mailbox = mailbox
        self.terminateLimit = terminateLimit
        self.hibernateAfter = hibernateAfter
        self.debug = debug
    }
}

/// What a server's cell is made from. For the library.
public struct ServerBlueprint<Server: StatefulBehavior> {
    // Neither is counted: a node's references would go from core to core where several processes start others. The origin
    // is kept by whoever makes the blueprint until the cell is made.
    @usableFromInline let node: Unmanaged<Node>
    @usableFromInline let origin: Unmanaged<Origin>?
    @usableFromInline let options: ServerOptions
    /// Nil, as `make`, for a process that its starter begins itself.
    @usableFromInline let handshake: StartHandshake?
    @usableFromInline let make: (@Sendable (ProcessContext<Server>) async throws -> Server)?

    @inlinable init(
        node: Unmanaged<Node>, origin: Unmanaged<Origin>?, options: ServerOptions, handshake: StartHandshake?,
        make: (@Sendable (ProcessContext<Server>) async throws -> Server)?
    ) {
        self.node = node
        self.origin = origin
        self.options = options
        self.handshake = handshake
        self.make = make
    }

    @inlinable var limits: MailboxLimits? {
        node._withUnsafeGuaranteedRef { $0.limitsForNew(options.mailbox) }
    }
}

/// A server's process before it begins. For the library.
public struct ServerProcess<Server: StatefulBehavior> {
    @usableFromInline let cell: BehaviorCell<Server>
    @inlinable init(_ cell: BehaviorCell<Server>) { self.cell = cell }
}
