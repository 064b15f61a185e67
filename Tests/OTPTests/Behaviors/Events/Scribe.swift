import OTP

/// A handler that does what it is told, in the manner of the handlers of OTP's own suite.
struct Scribe: EventHandler {
    enum Call: Sendable {
        case name(Reply<String>)
        case fail(Reply<String>)
        case remove(Reply<String>)
        case swap(Reply<String>)
        case drop(Reply<String>)
        case wait(Latch, Reply<String>)
    }
    let journal: SceneLog
    let name: String
    var endFails = false

    init(_ journal: SceneLog, _ name: String = "scribe", endFails: Bool = false) {
        self.journal = journal
        self.name = name
        self.endFails = endFails
    }

    mutating func handleEvent(_ event: String) throws -> Next { try act(event) }
    mutating func handleInfo(_ info: Int) throws -> Next {
        try act(info == 0 ? "fail" : info == 1 ? "remove" : "\(info)")
    }

    private func act(_ what: String) throws -> Next {
        journal.note("\(name): \(what)")
        switch what {
        case "fail", "fail \(name)": throw Broken("scribe broken")
        case "remove", "remove \(name)": return .remove
        case "hibernate": return .hibernate
        case "swap", "swap \(name)":
            return .swap(to: HandlerID<Heir>(name), argument: "giving way") { [journal] in Heir(journal, after: $0) }
        default: return .keep
        }
    }

    mutating func handleCall(_ call: Call) async throws -> Next {
        switch call {
        case .name(let reply): reply(name)
        case .fail: throw Broken("scribe broken")
        case .remove(let reply):
            reply("removed")
            return .remove
        case .swap(let reply):
            reply("swapped")
            return .swap(to: HandlerID<Heir>()) { [journal] in Heir(journal, after: $0) }
        case .drop: break
        case .wait(let latch, let reply):
            await latch.wait()
            reply("waited")
        }
        return .keep
    }

    mutating func terminate(_ end: HandlerEnd) throws -> String {
        journal.note("\(name) ends: \(end.short)")
        if endFails { throw Broken("no end") }
        return "last words of \(name)"
    }

    func formatStatus(_ status: StatusContext) -> String { "scribe \(name)" }
}

extension EventManager<String> {
    /// A scribe whose end its owner is told of, in short.
    @discardableResult nonisolated(nonsending) func addScribe(
        of owner: PlainProcess<Notice>, _ journal: SceneLog
    ) async throws -> HandlerID<Scribe> {
        try await addSupervisedHandler(for: owner) {
            Scribe(journal)
        } onExit: {
            .text($0.short)
        }
    }
}

/// Learns of the ends of linked processes.
struct Mourner: EventHandler {
    let journal: SceneLog
    func handleEvent(_ event: String) -> Next { .keep }
    func handleInfo(_ exit: ExitMessage) -> Next {
        journal.note("EXIT (\(exit.reason))")
        return .keep
    }
}

/// Takes the place of another.
struct Heir: EventHandler {
    enum Call: Sendable { case inheritance(Reply<String>) }
    let journal: SceneLog
    let inheritance: String

    init(_ journal: SceneLog, after last: String?) {
        self.journal = journal
        inheritance = last ?? "nothing"
    }

    mutating func handleEvent(_ event: String) throws -> Next {
        journal.note("heir: \(event)")
        switch event {
        case "fail heir": throw Broken("heir broken")
        case "remove heir": return .remove
        default: return .keep
        }
    }
    func handleCall(_ call: Call) -> Next {
        switch call {
        case .inheritance(let reply): reply(inheritance)
        }
        return .keep
    }
}

/// Has nothing but what it must have.
struct Mute: EventHandler {
    func handleEvent(_ event: String) -> Next { .keep }
}

extension HandlerEnd {
    var short: String {
        switch self {
        case .deleted(let argument): "deleted (\(argument))"
        case .swapped(let argument): "swapped (\(argument))"
        case .removed: "removed"
        case .stopped(let reason): "stopped (\(reason))"
        case .ownerEnded(let reason): "owner ended (\(reason))"
        case .failed(let error): "failed (\(error))"
        }
    }
}

extension HandlerExit {
    var short: String {
        switch reason {
        case .normal: "\(handler) normal"
        case .shutdown: "\(handler) shutdown"
        case .swapped(let new, _): "\(handler) swapped to \(new)"
        case .failed(let error): "\(handler) failed (\(error))"
        }
    }
}
