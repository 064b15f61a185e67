extension PartitionSupervisor {
    /// The partition that has `key` at this moment. Elixir: `{:via, PartitionSupervisor, {name, key}}`.
    ///
    /// If no partition is in use, or the supervisor does not run, it leads to nobody: a call then fails with
    /// `.noProcess`, a cast does nothing. To be asked for again after ``resize(to:)``.
    public subscript(key: some Hashable) -> Member { members[(try? partition(for: key)) ?? 0] }

    /// The number of the partition that has `key` at this moment.
    /// Elixir: the routing of `{:via, PartitionSupervisor, {name, key}}`.
    ///
    /// - Throws: ``SupervisorError`` `.noPartitions` if none is in use; ``CallError`` `.noProcess` if the supervisor
    ///   does not run.
    public func partition(for key: some Hashable) throws -> Int {
        let count = try partitions
        guard count > 0 else { throw SupervisorError(.noPartitions) }
        return PartitionRouting.partition(of: key, among: count)
    }

    /// How many partitions are in use. Elixir: `PartitionSupervisor.partitions/1`.
    ///
    /// - Throws: ``CallError`` `.noProcess` if the supervisor does not run.
    public var partitions: Int { get throws { try live().partitions.count } }

    /// Uses more or fewer of the partitions that it began with: starts or ends the others, and waits for that.
    /// Elixir: `PartitionSupervisor.resize!/2`.
    ///
    /// Keys are spread over fewer partitions before the first one ends, and over more when the last one has started. Of
    /// several resizes at once one decides, and all wait for its outcome.
    /// - Parameter count: None up to as many as it began with.
    /// - Returns: How many there were.
    /// - Throws: ``SupervisorError``: `.invalidResize`; `.failedToStart` if a partition did not start, in which case
    ///   those in use stay so. ``CallError`` `.noProcess` if the supervisor does not run.
    @discardableResult public nonisolated(nonsending) func resize(to count: Int) async throws -> Int {
        let (ref, partitions) = try live()
        guard (0...partitions.most).contains(count) else {
            throw SupervisorError(.invalidResize(count, most: partitions.most))
        }
        let before = partitions.want(count)
        while true {
            let wanted = partitions.wanted
            do {
                try await fit(ref, to: wanted, partitions)
            } catch {
                // Perhaps because somebody else wants another number, and has ended what was to start.
                if partitions.wanted != wanted { continue }
                partitions.giveUp(wanted)
                try? await fit(ref, to: partitions.wanted, partitions)
                throw error
            }
            if partitions.settle(wanted) { return before }
        }
    }

    /// Starts and ends partitions until `wanted` run, or another number is wanted.
    private nonisolated(nonsending) func fit(
        _ ref: SupervisorRef, to wanted: Int, _ partitions: PartitionCount
    ) async throws {
        for number in 0..<partitions.most where partitions.wanted == wanted {
            if number < wanted { try await run(number, ref) } else { try await end(number, ref) }
        }
    }

    private nonisolated(nonsending) func run(_ number: Int, _ ref: SupervisorRef) async throws {
        do { try await ref.restartChild(ChildID(number)) } catch let error as SupervisorError {
            switch error.code {
            case .running, .restarting: return
            // One that was temporary has been forgotten.
            case .notFound: try await add(number, ref)
            default: throw error
            }
        }
    }

    private nonisolated(nonsending) func add(_ number: Int, _ ref: SupervisorRef) async throws {
        do { try await ref.startChild(child(number, members[number])) } catch let error as SupervisorError {
            switch error.code {
            // Somebody else who resizes has been first.
            case .alreadyStarted: return
            case .alreadyPresent, .restarting: try await run(number, ref)
            default: throw error
            }
        }
    }

    private nonisolated(nonsending) func end(_ number: Int, _ ref: SupervisorRef) async throws {
        do { try await ref.terminateChild(ChildID(number)) } catch let error as SupervisorError {
            guard case .notFound = error.code else { throw error }
        }
    }

    private func live() throws -> (ref: SupervisorRef, partitions: PartitionCount) {
        guard let ref, let partitions = (ref.server.cell as? SupervisorCell)?.partitions else {
            throw CallError(.noProcess, call: "partition supervisor \(childSpec.id)")
        }
        return (ref, partitions)
    }
}
