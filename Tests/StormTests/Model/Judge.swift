/// Whether a history can be explained, and if not, why.
enum Verdict: Equatable {
    case explained
    /// No order of what happened fits what was seen.
    case rejected(String)
    /// The search for an order was given up.
    case undecided
}

/// What differs between the runtimes whose histories are judged.
struct Dialect {
    /// An exit signal ends its target where it is received. If not, a handler that runs goes on until it returns,
    /// and its process is alive meanwhile.
    var exitsAtOnce: Bool
    /// `cancel` answers "gone" only when the message is in the mailbox.
    var cancelsExactly: Bool
    /// A request whose caller has given up is still delivered.
    var deliversExpiredRequests: Bool

    /// "Is it alive?" keeps its place among the signals to a process. (In Erlang it may answer yes just after a
    /// monitor found nobody, about once in 100,000 questions.)
    var asksInOrder: Bool
    /// Whoever links to a dead process may get its end as a signal, and end of it. If not, `link` fails.
    var linkMayKill: Bool
    /// What the code of a killed process was just sending may still go out.
    var zombiesSend: Bool
    /// A registration is refused only because the name is taken.
    var refusesTakenOnly: Bool

    /// Calls find nobody, and a process counts as dead, from the moment at which its end is declared; links and
    /// monitors still stand until its names and timers are gone, and then tell the reason.
    var endsInSteps: Bool

    static let erlang = Dialect(
        exitsAtOnce: true, cancelsExactly: true, deliversExpiredRequests: true, asksInOrder: false,
        linkMayKill: true, zombiesSend: false, refusesTakenOnly: false, endsInSteps: false)
    static let swift = Dialect(
        exitsAtOnce: false, cancelsExactly: true, deliversExpiredRequests: false, asksInOrder: true,
        linkMayKill: false, zombiesSend: true, refusesTakenOnly: true, endsInSteps: true)
}

/// The model: the rules that processes, links, monitors, aliases, names, timers and calls obey, as statements about
/// which moment comes before which.
///
/// The moments are the lines of the history, the effect of each operation, the arrival of each signal at its
/// target, and the cause and completion of each death. A history is explained if these moments can be put into one
/// order that keeps all rules; that order is the interleaving that produced it.
struct Judge {
    typealias Node = Order.Node
    typealias Edge = Order.Edge

    let story: Story
    let dialect: Dialect
    var solver: Solver
    /// What each node of the order stands for.
    var moments: [Moment] = []

    /// The effect of each operation, and the moment at which each observed item left its mailbox.
    var effect: [Node] = []
    var taking: [Node] = []
    /// The arrival of what each operation sends, and of each observed item.
    var arrival: [Int: Node] = [:]
    var arriving: [Node] = []
    /// When the reason for a process's end reached it, and when it was dead.
    var cause: [Int: Node] = [:]
    var death: [Int: Node] = [:]
    /// When its death was declared: the same as its death where processes do not end in steps.
    var declared: [Int: Node] = [:]
    /// The last observation of each process.
    var lastSeen: [Int: Int] = [:]
    /// Why each process ended, as far as anyone saw.
    var reasons: [Int: String] = [:]
    var seen = Sightings()
    /// Processes that someone found dead.
    var seenDead: Set<Int> = []
    /// When the monitor of each call reaches its server.
    var monitorOfCall: [Int: Node] = [:]
    /// The arrival of the last signal from one process to another, but for those of its end.
    var lastSent: [Pair: Node] = [:]

    static func judge(_ history: History, _ dialect: Dialect) -> Verdict {
        do {
            var judge = try Judge(history, dialect)
            return judge.verdict()
        } catch {
            return .rejected((error as? Story.Misfit)?.about ?? "\(error)")
        }
    }

    private init(_ history: History, _ dialect: Dialect) throws {
        story = try Story(history)
        solver = Solver(chain: history.lines.count)
        moments = history.lines.indices.map { .line($0) }
        self.dialect = dialect
    }

    private mutating func verdict() -> Verdict {
        do {
            try layOut()
            try checkSightings()
            try streamRules()
            try deathRules()
            try monitorRules()
            try linkRules()
            try aliasRules()
            try timerRules()
            try callRules()
            try solver.solve()
            try nameRules()
            return .explained
        } catch let misfit as Story.Misfit {
            return .rejected(misfit.about)
        } catch let contradiction as Solver.Contradiction {
            let circle = contradiction.circle.map(describe).joined(separator: " < ")
            return .rejected(contradiction.about + (circle.isEmpty ? "" : ": " + circle))
        } catch {
            return .undecided
        }
    }

    mutating func node(_ moment: Moment) -> Node {
        moments.append(moment)
        return solver.order.node()
    }

    func fail(_ about: String) -> Story.Misfit { Story.Misfit(about: about) }
}
