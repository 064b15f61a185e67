// The same starts with a `make` that does not suspend. The compiler takes these for a closure without `await`; such a
// server, if it has no `handleStart` of its own, is begun on the thread of the process that starts it.

extension StatefulBehavior {
    /// Starts a server and waits until its `init` is done. Erlang: `gen_server:start/3,4`.
    ///
    /// - Parameters:
    ///   - name: Registered before `init` runs, free again if it fails.
    ///   - timeout: How long `init` may take; nil: as long as it likes.
    ///   - make: Makes the state, inside the new process. `throw StartSignal.ignore` ends it without a failure.
    /// - Throws: ``StartError``.
    @inlinable @inline(__always) @discardableResult public nonisolated(nonsending) static func start(
        name: ServerName<Self>? = nil, timeout: Duration? = nil, options: ServerOptions = ServerOptions(),
        _ make: @escaping @Sendable (Me) throws -> Self
    ) async throws(StartError) -> ServerRef<Self> {
        if let begun = try ServerStart.begin(name, timeout, options, link: false, obeys: false, parent: nil, make) {
            return begun
        }
        return try await start(name: name, timeout: timeout, options: options) { me async throws in try make(me) }
    }

    /// Starts a server whose state needs nothing of its process. Erlang: `gen_server:start/3,4`.
    @inlinable @inline(__always) @discardableResult public nonisolated(nonsending) static func start(
        name: ServerName<Self>? = nil, timeout: Duration? = nil, options: ServerOptions = ServerOptions(),
        _ make: @escaping @Sendable () throws -> Self
    ) async throws(StartError) -> ServerRef<Self> {
        let begun = try ServerStart.begin(name, timeout, options, link: false, obeys: false, parent: nil) { _ in
            try make()
        }
        if let begun { return begun }
        return try await start(name: name, timeout: timeout, options: options) { _ async throws in try make() }
    }

    /// Starts a server linked to the process that starts it. Erlang: `gen_server:start_link/3,4`.
    ///
    /// If the start fails, the link passes the failure on too, as any end: a process that does not trap exits ends
    /// with it.
    @inlinable @discardableResult public nonisolated(nonsending) static func startLink<B>(
        _ parent: ProcessContext<B>, name: ServerName<Self>? = nil, timeout: Duration? = nil,
        options: ServerOptions = ServerOptions(), _ make: @escaping @Sendable (Me) throws -> Self
    ) async throws(StartError) -> ServerRef<Self> {
        if let begun = try ServerStart.begin(name, timeout, options, link: true, parent: parent.cell, make) {
            return begun
        }
        return try await startLink(parent, name: name, timeout: timeout, options: options) { me async throws in
            try make(me)
        }
    }

    /// Starts a linked server whose state needs nothing of its process. Erlang: `gen_server:start_link/3,4`.
    @inlinable @discardableResult public nonisolated(nonsending) static func startLink<B>(
        _ parent: ProcessContext<B>, name: ServerName<Self>? = nil, timeout: Duration? = nil,
        options: ServerOptions = ServerOptions(), _ make: @escaping @Sendable () throws -> Self
    ) async throws(StartError) -> ServerRef<Self> {
        try await startLink(parent, name: name, timeout: timeout, options: options) { _ in try make() }
    }

    /// Starts a linked server from a plain process. Erlang: `gen_server:start_link/3,4`.
    @inlinable @discardableResult public nonisolated(nonsending) static func startLink<M>(
        _ parent: PlainProcess<M>, name: ServerName<Self>? = nil, timeout: Duration? = nil,
        options: ServerOptions = ServerOptions(), _ make: @escaping @Sendable (Me) throws -> Self
    ) async throws(StartError) -> ServerRef<Self> {
        try await startLink(parent.context, name: name, timeout: timeout, options: options, make)
    }

    /// Starts a linked server from a plain process. Erlang: `gen_server:start_link/3,4`.
    @inlinable @discardableResult public nonisolated(nonsending) static func startLink<M>(
        _ parent: PlainProcess<M>, name: ServerName<Self>? = nil, timeout: Duration? = nil,
        options: ServerOptions = ServerOptions(), _ make: @escaping @Sendable () throws -> Self
    ) async throws(StartError) -> ServerRef<Self> {
        try await startLink(parent.context, name: name, timeout: timeout, options: options, make)
    }
}
