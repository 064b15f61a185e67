/// Who has which member of a pool, and who waits for one. Decides; starts, tells and watches nobody.
struct PoolMachine {
    typealias Ticket = UInt64

    enum Action: Equatable {
        /// The ticket's member.
        case grant(Ticket, PID)
        /// There is none, and the ticket does not wait.
        case refuse(Ticket)
        /// Begin one member beyond the size, for this ticket.
        case start(Ticket)
        /// No member could be begun for this ticket, which waits no longer.
        case startFailed(Ticket)
        /// End a member beyond the size.
        case dismiss(PID)
        /// Say when this process has ended, and no longer.
        case watch(PID)
        case unwatch(PID)
    }

    let size: Int
    let overflow: Int
    let order: PoolOrder

    /// Free members, the one that came back last at the end.
    private var idle: [PID] = []
    private var leases: [Ticket: PID] = [:]
    private var tickets: [PID: Ticket] = [:]
    /// First come, first served.
    private var waiting: [Ticket] = []
    /// The members beyond the size; those that are to end count until they have.
    private var extra: Set<PID> = []
    private var ending: Set<PID> = []
    /// Tickets for which a member is being begun, and those that had their turn.
    private var starting: Set<Ticket> = []
    private var hadTurn: Set<Ticket> = []
    /// The processes behind tickets, as far as they are processes.
    private var owners: [Ticket: PID] = [:]
    private var owned: [PID: Set<Ticket>] = [:]

    init(size: Int, overflow: Int, order: PoolOrder) {
        self.size = size
        self.overflow = overflow
        self.order = order
    }

    // MARK: callers

    mutating func checkOut(_ ticket: Ticket, owner: PID?, waits: Bool) -> [Action] {
        if let member = takeIdle() { return own(ticket, owner) + lend(member, to: ticket) }
        let hasRoom = extra.count + starting.count < overflow
        guard waits || hasRoom else { return [.refuse(ticket)] }
        waiting.append(ticket)
        return own(ticket, owner) + startMore()
    }

    /// The caller gives back what it has, or no longer waits; nothing happens if neither is so.
    mutating func checkIn(_ ticket: Ticket) -> [Action] {
        if let index = waiting.firstIndex(of: ticket) {
            waiting.remove(at: index)
            return settle(ticket)
        }
        guard let member = leases.removeValue(forKey: ticket) else { return [] }
        tickets[member] = nil
        return settle(ticket) + place(member)
    }

    /// A caller has ended: all that it had comes back, and it waits no longer.
    mutating func ended(owner: PID) -> [Action] {
        let tickets = (owned[owner] ?? []).sorted()
        // What it waits for first, so that nothing that comes back is lent to it.
        let order = tickets.filter { leases[$0] == nil } + tickets.filter { leases[$0] != nil }
        return order.flatMap { checkIn($0) }.filter { $0 != .unwatch(owner) }
    }

    // MARK: members

    /// A member is ready.
    mutating func arrived(_ member: PID) -> [Action] { place(member) }

    /// The member that was begun for the ticket is ready.
    mutating func started(_ member: PID, for ticket: Ticket) -> [Action] {
        starting.remove(ticket)
        extra.insert(member)
        return place(member) + startMore()
    }

    /// No member could be begun for the ticket.
    mutating func startFailed(for ticket: Ticket) -> [Action] {
        starting.remove(ticket)
        guard let index = waiting.firstIndex(of: ticket) else { return startMore() }
        waiting.remove(at: index)
        return settle(ticket) + [.startFailed(ticket)] + startMore()
    }

    /// A member has ended. Whoever has it finds out by itself; its ticket is of no use any more.
    mutating func ended(member: PID) -> [Action] {
        idle.removeAll { $0 == member }
        extra.remove(member)
        ending.remove(member)
        var actions: [Action] = []
        if let ticket = tickets.removeValue(forKey: member) {
            leases[ticket] = nil
            actions += settle(ticket)
        }
        return actions + startMore()
    }

    private mutating func takeIdle() -> PID? {
        if idle.isEmpty { return nil }
        return order == .lifo ? idle.removeLast() : idle.removeFirst()
    }

    /// Gives a free member to who waits, keeps it, or lets it go.
    private mutating func place(_ member: PID) -> [Action] {
        if !waiting.isEmpty { return lend(member, to: waiting.removeFirst()) }
        if extra.contains(member) {
            ending.insert(member)
            return [.dismiss(member)]
        }
        idle.append(member)
        return []
    }

    private mutating func lend(_ member: PID, to ticket: Ticket) -> [Action] {
        leases[ticket] = member
        tickets[member] = ticket
        return [.grant(ticket, member)]
    }

    /// Begins members beyond the size, one for each that waits and has not had its turn, as far as there is room.
    private mutating func startMore() -> [Action] {
        var actions: [Action] = []
        for ticket in waiting where extra.count + starting.count < overflow && !hadTurn.contains(ticket) {
            hadTurn.insert(ticket)
            starting.insert(ticket)
            actions.append(.start(ticket))
        }
        return actions
    }

    // MARK: tickets

    private mutating func own(_ ticket: Ticket, _ owner: PID?) -> [Action] {
        guard let owner else { return [] }
        owners[ticket] = owner
        owned[owner, default: []].insert(ticket)
        return owned[owner]?.count == 1 ? [.watch(owner)] : []
    }

    /// Forgets the ticket.
    private mutating func settle(_ ticket: Ticket) -> [Action] {
        hadTurn.remove(ticket)
        guard let owner = owners.removeValue(forKey: ticket) else { return [] }
        owned[owner]?.remove(ticket)
        guard owned[owner]?.isEmpty == true else { return [] }
        owned[owner] = nil
        return [.unwatch(owner)]
    }

    var status: PoolStatus {
        PoolStatus(
            idle: idle.count, checkedOut: leases.count, waiting: waiting.count, overflow: extra.count,
            starting: starting.count, size: size, overflowLimit: overflow)
    }
}
