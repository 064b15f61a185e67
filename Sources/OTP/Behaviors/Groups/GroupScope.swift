/// The process of a scope: while it lives the scope runs; its end empties the groups. Erlang: the server of `pg`.
struct GroupScope<Group: Hashable & Sendable>: SynchronousGenServer {
    private let core: GroupCore<Group>

    init(_ text: String, _ me: Me) throws {
        core = GroupCore(on: me.node)
        guard me.cell.own(GroupScopeEnd(core, text, me.node.groupScopes)) else { throw Exit(.killed) }
        guard me.node.groupScopes.install(core, as: text) else { throw GroupError(.notRunning, scope: text) }
    }

    func formatStatus(_ status: StatusContext) -> String {
        let counts = core.counts
        return "\(counts.groups) groups, \(counts.members) members, \(counts.monitors) monitors"
    }
}

/// Takes the scope out of the node, and everybody out of its groups, when its process has ended.
private final class GroupScopeEnd<Group: Hashable & Sendable>: ProcessResource {
    private let core: GroupCore<Group>
    private let name: String
    private let scopes: Fixtures

    init(_ core: GroupCore<Group>, _ name: String, _ scopes: Fixtures) {
        self.core = core
        self.name = name
        self.scopes = scopes
    }

    func release(_ pid: PID, reason: ExitReason) {
        scopes.remove(core, from: name)
        core.close()
    }
}
