/// Where a process comes from: its parent and the parent's parents, the nearest of them.
@usableFromInline final class Origin: Sendable {
    /// How many are known: at most so many, at least half of them. A process that starts the next one and ends, which starts the
    /// next one, could go on for ever and would otherwise have each remember all before it.
    static let most = 128

    let parent: PID
    let grandparents: Origin?
    private let isObeyed: Bool
    private let count: UInt8
    /// On whose behalf the parent works, if it is a task.
    let callers: CallerChain?
    /// That of all before it, or the one that its parent has founded with it.
    let clan: Clan?

    init(parent: PID, grandparents: Origin?, isObeyed: Bool = true, callers: CallerChain? = nil) {
        let known = grandparents.flatMap { $0.count < Self.most ? $0 : $0.nearest(Self.most / 2) }
        self.parent = parent
        self.grandparents = known
        self.isObeyed = isObeyed
        self.callers = callers
        count = 1 + (known?.count ?? 0)
        clan = grandparents?.clan
    }

    /// The same with older parents, or as the first of a clan.
    private init(_ other: Origin, grandparents: Origin?, clan: Clan?) {
        parent = other.parent
        self.grandparents = grandparents
        isObeyed = other.isObeyed
        callers = other.callers
        count = 1 + (grandparents?.count ?? 0)
        self.clan = clan
    }

    /// The same for the first process of a clan.
    func founding(_ clan: Clan) -> Origin { Origin(self, grandparents: grandparents, clan: clan) }

    private func nearest(_ count: Int) -> Origin? {
        sequence(first: self, next: \.grandparents).prefix(count).reversed()
            .reduce(nil) { Origin($1, grandparents: $0, clan: $1.clan) }
    }

    /// Nil if the process was started neither linked nor monitored: its parent's exits are then like those of others.
    var master: PID? { isObeyed ? parent : nil }

    /// The parent, its parent and so on. Erlang: `$ancestors`.
    var ancestors: [PID] { sequence(first: self, next: \.grandparents).map(\.parent) }
}
