/// The process that hands out the members of a pool.
struct PoolServer<Member: StatefulBehavior>: SynchronousGenServer {
    typealias Answer = Result<ServerRef<Member>, PoolError>
    typealias Ticket = PoolMachine.Ticket

    enum Call: Sendable {
        case checkOut(Ticket, owner: PID?, waits: Bool, Reply<Answer>)
        case status(Reply<PoolStatus>)
    }

    enum Cast: Sendable {
        /// Gives back what the ticket has, or gives up waiting for it.
        case checkIn(Ticket)
        case arrived(ServerRef<Member>)
    }

    enum Info: Sendable {
        case ownerEnded(PID)
        case memberEnded(PID)
        case started(Ticket, Result<ServerRef<Member>, any Error>)
        case dismissed
    }

    private let name: String
    private let overflow: DynamicSupervisor<Int, ServerRef<Member>>
    private var machine: PoolMachine
    private var members: [PID: ServerRef<Member>] = [:]
    private var replies: [Ticket: Reply<Answer>] = [:]
    private var monitors: [PID: MonitorRef] = [:]
    private var lastNumber: Int
    /// Why the latest member beyond the size could not begin.
    private var problem: (any Error)?

    init(_ name: String, _ machine: PoolMachine, overflow: DynamicSupervisor<Int, ServerRef<Member>>) {
        self.name = name
        self.machine = machine
        self.overflow = overflow
        lastNumber = machine.size
    }

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .checkOut(let ticket, let owner, let waits, let reply):
            replies[ticket] = reply
            perform(machine.checkOut(ticket, owner: owner, waits: waits), me)
        case .status(let reply): reply(machine.status)
        }
        return .receive
    }

    mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .checkIn(let ticket):
            replies[ticket] = nil
            perform(machine.checkIn(ticket), me)
        case .arrived(let member):
            take(member, me)
            perform(machine.arrived(member.pid), me)
        }
        return .receive
    }

    mutating func handleInfo(_ info: Info, _ me: Me) -> Next {
        switch info {
        case .ownerEnded(let owner):
            monitors[owner] = nil
            perform(machine.ended(owner: owner), me)
        case .memberEnded(let member):
            members[member] = nil
            perform(machine.ended(member: member), me)
        case .started(let ticket, .success(let member)):
            take(member, me)
            perform(machine.started(member.pid, for: ticket), me)
        case .started(let ticket, .failure(let error)):
            problem = error
            perform(machine.startFailed(for: ticket), me)
        case .dismissed: break
        }
        return .receive
    }

    private mutating func take(_ member: ServerRef<Member>, _ me: Me) {
        members[member.pid] = member
        me.monitor(member) { .memberEnded($0.pid) }
    }

    private mutating func perform(_ actions: [PoolMachine.Action], _ me: Me) {
        for action in actions {
            switch action {
            case .grant(let ticket, let pid):
                guard let member = members[pid] else { continue }
                replies.removeValue(forKey: ticket)?(.success(member))
            case .refuse(let ticket): refuse(ticket, .full)
            case .startFailed(let ticket):
                refuse(ticket, .failedToStart(problem ?? CallError(.noProcess)))
            case .start(let ticket):
                lastNumber += 1
                me.start { [overflow, lastNumber] in
                    try await overflow.startChild(lastNumber)
                } then: {
                    .started(ticket, $0)
                }
            case .dismiss(let pid):
                me.start { [overflow] in
                    try await overflow.terminateChild(pid)
                } then: { _ in
                    .dismissed
                }
            case .watch(let owner): monitors[owner] = me.monitor(owner) { .ownerEnded($0.pid) }
            case .unwatch(let owner):
                if let monitor = monitors.removeValue(forKey: owner) { me.demonitor(monitor) }
            }
        }
    }

    private mutating func refuse(_ ticket: Ticket, _ code: PoolError.Code) {
        replies.removeValue(forKey: ticket)?(.failure(PoolError(code, pool: name)))
    }

    func formatStatus(_ status: StatusContext) -> String { "pool \(name), \(machine.status)" }
}
