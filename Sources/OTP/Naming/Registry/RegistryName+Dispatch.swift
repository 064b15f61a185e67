extension RegistryName {
    /// Calls `body` once with all that are registered under the key; not at all if there are none. Elixir:
    /// `Registry.dispatch/4`.
    @inlinable public func dispatch(_ key: Key, _ body: ([(pid: PID, value: Value)]) throws -> Void) rethrows {
        let entries = lookup(key)
        if !entries.isEmpty { try body(entries) }
    }

    /// Calls `body` once for each partition in which somebody is registered under the key, all at the same time, each in
    /// a process of its own; and waits for all. Elixir: `Registry.dispatch/4` with `parallel: true`.
    ///
    /// If all lie in one partition, as with a single one or keys that are spread by key, `body` runs in the caller.
    /// - Throws: What `body` threw, of several the first; ``Exit`` if one of those processes was ended by somebody else;
    ///   `CancellationError` if the caller is to end meanwhile.
    public nonisolated(nonsending) func dispatchInParallel(
        _ key: Key, _ body: @escaping @Sendable ([(pid: PID, value: Value)]) throws -> Void
    ) async throws {
        guard let core else { return }
        let parts = core.collectByPartition(key)
        if core.partition(ofKey: key) != nil {
            for part in parts { try body(part) }
            return
        }
        let failure = LockedBox<(any Error)?>(nil)
        let workers = parts.map { part in
            core.node.spawn { _ in
                do { try body(part) } catch { failure.withLock { $0 = $0 ?? error } }
            }
        }
        defer { for worker in workers where worker.isAlive { worker.sendExit(.kill) } }
        for worker in workers {
            guard let reason = await worker.waitForEnd() else { throw CancellationError() }
            if !reason.isNormal { failure.withLock { $0 = $0 ?? Exit(reason) } }
        }
        if let error = failure.get() { throw error }
    }
}
