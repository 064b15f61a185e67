internal import Synchronization

extension ProcessSnapshot {
    /// Nil if the process has ended and its code has returned.
    init?(_ cell: ProcessCell) {
        let now = cell.clock
        let (activity, waiting) = cell.look()
        if cell.has(ProcessCell.Control.dead), !cell.isZombie { return nil }
        let facts = cell.facts
        pid = cell.pid
        kind = cell.kindName
        names = ProcessCell.texts(of: facts.holds)
        label = facts.label
        status = Status(activity)
        messages = waiting
        mailboxCount = waiting?.count ?? cell.waitingCount
        links = facts.links
        monitors = facts.monitors
        monitoredBy = facts.monitoredBy
        trapsExits = cell.has(ProcessCell.Control.trapping)
        parent = cell.origin?.parent
        ancestors = cell.origin?.ancestors ?? []
        age = cell.age(at: now)
        handledCount = cell.mailbox.consumed.load(ordering: .relaxed)
        switch activity {
        case .running, .calling, .zombie: busyFor = Deadline.duration(cell.busyTime(now: now))
        case .runnable, .waiting, .suspended, .ending: busyFor = nil
        }
        locals = Dictionary(cell.localValues.map { ($0.name, "\($0.value)") }) { first, _ in first }
    }
}

extension ProcessSnapshot.Status {
    init(_ activity: ProcessActivity) {
        self =
            switch activity {
            case .running: .running
            case .runnable: .runnable
            case .waiting: .waiting
            case .calling(let pid): .calling(pid)
            case .suspended: .suspended
            case .ending: .ending
            case .zombie: .zombie
            }
    }
}

extension ProcessCell {
    fileprivate struct Facts {
        var holds = Few<any NameHold>()
        var label: String?
        var links: [PID] = []
        var monitors: [PID] = []
        var monitoredBy: [PID] = []
    }

    /// Who the process is tied to, all at one moment.
    fileprivate final var facts: Facts {
        var facts = guarding.withLock { () -> Facts in
            guard let relations else { return Facts() }
            return Facts(
                holds: heldNames, label: relations.rare?.label, links: relations.links.keys,
                monitors: relations.monitored, monitoredBy: relations.monitoringProcesses)
        }
        facts.links.sort()
        facts.monitors.sort()
        facts.monitoredBy.sort()
        return facts
    }

    /// Killed, and its code has not returned yet.
    fileprivate final var isZombie: Bool { has(Control.zombie) && !has(Control.released) }
}

extension Node {
    /// What can be said of a process at this moment; nil if there is none. Erlang: `process_info/1`.
    ///
    /// From any thread, of any process of this program, itself included.
    public func snapshot(of pid: PID) -> ProcessSnapshot? {
        guard let cell = Node.cell(pid) ?? Node.of(pid)?.zombie(pid) else { return nil }
        return ProcessSnapshot(cell)
    }

    /// Every process of this node, zombies included, in the order of their PIDs. Erlang: `observer`, `i/0`.
    public func snapshots() -> [ProcessSnapshot] {
        let cells = table.all + zombieCells
        let living = Set(cells.map(\.pid))
        sightings.withLock { sightings in sightings = sightings.filter { living.contains($0.key) } }
        return cells.sorted { $0.pid < $1.pid }.compactMap(ProcessSnapshot.init)
    }
}

extension ProcessContext {
    /// What can be said of this process itself. Erlang: `process_info(self())`.
    public func snapshot() -> ProcessSnapshot? { ProcessSnapshot(cell) }
}

extension PlainProcess {
    /// What can be said of this process itself. Erlang: `process_info(self())`.
    public func snapshot() -> ProcessSnapshot? { context.snapshot() }
}
