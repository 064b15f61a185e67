/// The process of a scope: keeps the book, and tells who wants to know. Erlang: the server of `pg`.
struct GroupScope<Group: Hashable & Sendable>: SynchronousGenServer {
    typealias Tell = @Sendable (GroupEvent<Group>) -> Void
    typealias Answer = (monitor: GroupMonitor, members: [Group: [PID]])

    enum Call: Sendable {
        case join(Group, [PID], Reply<Void>)
        case leave(Group, [PID], Reply<Bool>)
        /// A nil group means all.
        case monitor(Group?, by: PID, Tell, Reply<Answer>)
        case demonitor(GroupMonitor, Reply<Bool>)
    }

    enum Info: Sendable {
        case ended(PID)
        case watcherEnded(GroupMonitor)
    }

    private struct Watcher {
        let monitor: GroupMonitor
        let group: Group?
        let down: MonitorRef
        let tell: Tell
    }

    private let table: GroupTable<Group>
    private var book = GroupBook<Group>()
    private var cells: [PID: (cell: ProcessCell, down: MonitorRef)] = [:]
    /// In the order of their asking.
    private var watchers: [Watcher] = []

    init(_ text: String, _ me: Me) throws {
        table = GroupTable(me.node.listedEnds)
        guard me.cell.own(FixtureEnd(table, text, me.node.groupScopes)) else { throw Exit(.killed) }
        guard me.node.groupScopes.install(table, as: text) else { throw GroupError(.notRunning, scope: text) }
    }

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .join(let group, let pids, let reply):
            for pid in pids where !book.knows(pid) && cells[pid] == nil {
                guard let cell = Node.cell(pid) else { continue }
                cell.beListed()
                cells[pid] = (cell, me.monitor(pid) { .ended($0.pid) })
            }
            book.join(group, pids)
            publish(group)
            tell(.join, group, pids)
            // Of those that have ended already nobody else will tell.
            for pid in Set(pids) where cells[pid] == nil { end(pid) }
            return reply()
        case .leave(let group, let pids, let reply):
            guard book.leave(group, pids) else { return reply(false) }
            for pid in Set(pids) where !book.knows(pid) { forget(pid, me) }
            publish(group)
            tell(.leave, group, pids)
            return reply(true)
        case .monitor(let group, let pid, let tell, let reply):
            let monitor = GroupMonitor()
            let down = me.monitor(pid) { _ in .watcherEnded(monitor) }
            watchers.append(Watcher(monitor: monitor, group: group, down: down, tell: tell))
            guard let group else { return reply((monitor, book.members)) }
            return reply((monitor, [group: book.members[group] ?? []]))
        case .demonitor(let monitor, let reply):
            guard let index = watchers.firstIndex(where: { $0.monitor == monitor }) else { return reply(false) }
            me.demonitor(watchers.remove(at: index).down)
            return reply(true)
        }
    }

    mutating func handleInfo(_ info: Info, _ me: Me) -> Next {
        switch info {
        case .ended(let pid): end(pid)
        case .watcherEnded(let monitor): watchers.removeAll { $0.monitor == monitor }
        }
        return .receive
    }

    private mutating func end(_ pid: PID) {
        cells[pid] = nil
        for group in book.end(pid) {
            publish(group)
            tell(.leave, group, [pid])
        }
    }

    private mutating func forget(_ pid: PID, _ me: Me) {
        if let known = cells.removeValue(forKey: pid) { me.demonitor(known.down) }
    }

    private func publish(_ group: Group) {
        table.set(group, (book.members[group] ?? []).compactMap { cells[$0]?.cell })
    }

    private func tell(_ kind: GroupEvent<Group>.Kind, _ group: Group, _ pids: [PID]) {
        for watcher in watchers where watcher.group == nil || watcher.group == group {
            watcher.tell(GroupEvent(monitor: watcher.monitor, kind: kind, group: group, pids: pids))
        }
    }

    func formatStatus(_ status: StatusContext) -> String {
        "\(book.members.count) groups, \(cells.count) members, \(watchers.count) monitors"
    }
}
