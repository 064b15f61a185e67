/// A tree of supervisors and their children at one instant; printed, one line for each process.
public struct SupervisionTree: Sendable {
    /// One child, and what is below it.
    public struct Branch: Sendable {
        /// The child as its supervisor sees it.
        public let status: ChildStatus
        /// What is below, if it is a supervisor that runs.
        public let tree: SupervisionTree?
    }

    /// How the supervisor is called, from the root down.
    public let path: String
    /// Its process.
    public let pid: PID
    /// The supervisor itself.
    public let supervisor: SupervisorSnapshot
    /// Its children in the order of their start.
    public let branches: [Branch]

    /// All children of the tree, from the root down, with their paths.
    public var all: [(path: String, status: ChildStatus)] {
        branches.flatMap { branch in
            [("\(path)/\(branch.status.id)", branch.status)] + (branch.tree?.all ?? [])
        }
    }

    /// Declared children, with their paths, that do not run although they should, or are gone by their own choice.
    ///
    /// For a health check: empty when everything that was declared is there. The children of dynamic supervisors come
    /// and go at any moment and are not declared: one that is just being started misses nobody, nor does one whose restart
    /// fails again and again; those stand in the tree.
    public var missing: [(path: String, status: ChildStatus)] { absent + departed }

    private var absent: [(path: String, status: ChildStatus)] {
        branches.flatMap { branch in
            let isMissed = !supervisor.isDynamic && branch.status.pid == nil
            return (isMissed ? [("\(path)/\(branch.status.id)", branch.status)] : []) + (branch.tree?.absent ?? [])
        }
    }

    private var departed: [(path: String, status: ChildStatus)] {
        supervisor.departed.map { ("\(path)/\($0.id)", $0) } + branches.flatMap { $0.tree?.departed ?? [] }
    }
}

extension SupervisorAddress {
    /// The supervisor and everything below it at this instant. Erlang: `observer`.
    ///
    /// A supervisor that ends while the tree is drawn appears without what was below it.
    ///
    /// - Throws: ``CallError`` `.noProcess` if it does not run.
    public nonisolated(nonsending) func tree() async throws -> SupervisionTree {
        guard let ref, let cell = ref.server.cell as? SupervisorCell else {
            throw CallError(.noProcess, call: "supervisor \(description)")
        }
        let snapshot = try await snapshot()
        var branches: [SupervisionTree.Branch] = []
        for status in snapshot.children {
            var tree: SupervisionTree?
            if status.kind == .supervisor, let pid = status.pid, let cell = Node.cell(pid) as? SupervisorCell {
                tree = try? await SupervisorRef(server: cell.ref).tree()
            }
            branches.append(SupervisionTree.Branch(status: status, tree: tree))
        }
        return SupervisionTree(path: cell.path, pid: ref.pid, supervisor: snapshot, branches: branches)
    }
}

extension SupervisionTree: CustomStringConvertible {
    public var description: String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return ([name + "  " + summary] + lines(indent: "")).joined(separator: "\n")
    }

    private var summary: String {
        let budget = supervisor.restarts
        return "\(pid)  \(supervisor.strategy), \(supervisor.restartsLeft) of \(budget.count) restarts left "
            + "in \(budget.period)\(supervisor.isEnding ? ", ending" : "")"
            + (supervisor.zombies > 0 ? ", \(supervisor.zombies) zombies" : "")
    }

    private func lines(indent: String) -> [String] {
        let gone = supervisor.departed.map { "\($0.id)  gone by choice\(Self.history($0))" }
        let count = branches.count + gone.count
        var lines: [String] = []
        for (index, branch) in branches.enumerated() {
            let isLast = index == count - 1
            let status = branch.status
            let text = branch.tree?.summary ?? Self.text(status.phase)
            lines.append("\(indent)\(isLast ? "└─ " : "├─ ")\(status.id)  \(text)\(Self.history(status))")
            lines += branch.tree?.lines(indent: indent + (isLast ? "   " : "│  ")) ?? []
        }
        for (index, text) in gone.enumerated() {
            lines.append("\(indent)\(index == gone.count - 1 ? "└─ " : "├─ ")\(text)")
        }
        return lines
    }

    private static func text(_ phase: ChildStatus.Phase) -> String {
        switch phase {
        case .starting: "starting"
        case .running(let pid): "\(pid)"
        case .restarting: "restarting"
        case .stopping: "stopping"
        case .stopped: "stopped"
        case .ignored: "ignored"
        case .goneByChoice: "gone by choice"
        }
    }

    private static func history(_ status: ChildStatus) -> String {
        guard let last = status.lastExit else { return "" }
        let text = Rendering.limited("\(last)", to: 120)
        return status.restarts > 0 ? "  (restarted \(status.restarts)×, last end: \(text))" : "  (last end: \(text))"
    }
}
