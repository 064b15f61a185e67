import OTP
import Synchronization

/// Many processes that do random things to one event manager, and a record of what its handlers went through.
final class EventStorm: Sendable {
    struct Event: Sendable {
        let number: Int
        /// Which handlers do more than to take note of it.
        let key: Int
        let effect: Effect
    }

    enum Effect: CaseIterable, Sendable { case keep, hibernate, fail, remove, giveWay, giveWayInVain }

    /// What an issuer receives.
    enum Message: Sendable {
        case told(root: Int, EventModel.Notice)
        case down
    }

    struct Failure: Error {}

    static let keys = 4
    let events = EventManager<Event>("storm")
    let journal = Locked<[EventModel.Entry]>([])
    let handled = Locked<Set<Int>>([])
    /// What issuers were told of their handlers, by the first handler of each line.
    let told = Locked<[Int: [EventModel.Notice]]>([:])
    /// Which handler answered a call for which key.
    let answers = Locked<[(key: Int, handler: Int)]>([])
    /// How many events each issuer has sent.
    let sent = Locked<[Int: Int]>([:])
    private let numbers = Atomic<Int>(0)
    private let doneIssuers = Atomic<Int>(0)
    let issuers: Int
    let deeds: Int
    let seed: UInt64

    init(seed: UInt64, issuers: Int, deeds: Int) {
        self.seed = seed
        self.issuers = issuers
        self.deeds = deeds
    }

    func note(_ entry: EventModel.Entry) { journal.withLock { $0.append(entry) } }

    /// Plays the storm in the current node and returns how the issuers ended.
    func play() async throws -> [ExitReason?] {
        try await events.start()
        try await events.addHandler { Sentinel(storm: self) }
        let all = (0..<issuers).map { issuer in
            spawn(receiving: Message.self) { me in
                me.monitor(self.events) { _ in .down }
                var failure: (any Error)?
                do { try await self.issue(issuer, me) } catch { failure = error }
                if self.doneIssuers.add(1, ordering: .acquiringAndReleasing).newValue == self.issuers {
                    // Whoever is still tied to the manager by mistake ends with it.
                    spawn { _ in try await self.events.stop(reason: .shutdown(detail: "over"), timeout: .seconds(600)) }
                }
                while case .told(let root, let notice) = try await me.receive() {
                    self.told.withLock { $0[root, default: []].append(notice) }
                }
                if let failure { throw failure }
            }
        }
        var ends: [ExitReason?] = []
        for issuer in all { ends.append(await issuer.waitForEnd()) }
        return ends
    }

    private func issue(_ issuer: Int, _ me: PlainProcess<Message>) async throws {
        var random = SeededRandom(seed: seed &* 1_000 &+ UInt64(issuer))
        var sentCount = 0
        func nextEvent() -> Event {
            sentCount += 1
            return Event(
                number: issuer * 1_000_000 + sentCount, key: Int.random(in: 0..<Self.keys, using: &random),
                effect: Effect.allCases.randomElement(using: &random)!)
        }
        for _ in 0..<deeds {
            let key = Int.random(in: 0..<Self.keys, using: &random)
            let id = HandlerID<StormHandler>(key)
            switch Int.random(in: 0..<20, using: &random) {
            case 0...5: events.notify(nextEvent())
            case 6:
                let event = nextEvent()
                try await events.syncNotify(event)
                if !handled.withLock({ $0.contains(event.number) }) { throw Failure() }
            case 7, 8: try await events.addHandler(id) { self.make(key, nil, .nobody) }
            case 9, 10: try await add(id, key, owner: issuer, me)
            case 11: _ = try? await events.addHandler(id) { () -> StormHandler in try self.refuse(nil, .nobody) }
            case 12: _ = try? await events.deleteHandler(id)
            case 13:
                let fails = Bool.random(using: &random)
                let new = Int.random(in: 0..<Self.keys, using: &random)
                _ = try? await events.swapHandler(id, for: HandlerID<StormHandler>(new)) { old in
                    let origin = old.map { EventModel.Origin.swapped($0) } ?? .nobody
                    if fails { return try self.refuse(nil, origin) }
                    return self.make(new, nil, origin)
                }
            case 14:
                let root = numbers.add(1, ordering: .relaxed).newValue
                let fails = Bool.random(using: &random)
                _ = try? await events.swapSupervisedHandler(id, for: id, owner: me) { old in
                    let origin = old.map { EventModel.Origin.swapped($0) } ?? .nobody
                    if fails { return try self.refuse(issuer, origin) }
                    return self.make(key, issuer, origin, number: root)
                } onExit: {
                    .told(root: root, $0.short)
                }
            case 15: me.sendExit(.shutdown, to: events.pid!)
            case 16:
                // An owner that ends when it likes, or is killed, perhaps before it owns anything.
                let number = 1_000 + numbers.add(1, ordering: .relaxed).newValue
                let waits = Bool.random(using: &random)
                let owner = spawn(receiving: Message.self) { its in
                    for _ in 0..<2 { try await self.add(id, key, owner: number, its) }
                    if waits { try await its.yield() }
                }
                if Bool.random(using: &random) { owner.sendExit(.kill) }
            case 17:
                try await SystemControl.suspend(events, timeout: nil)
                try await SystemControl.resume(events, timeout: nil)
            default:
                let effect = Effect.allCases.randomElement(using: &random)!
                do {
                    let handler = try await events.call(id, timeout: .seconds(600)) { .number($0, effect) }
                    answers.withLock { $0.append((key, handler)) }
                } catch is EventHandlerError {}
            }
        }
        sent.withLock { $0[issuer] = sentCount }
    }

    private func add(
        _ id: HandlerID<StormHandler>, _ key: Int, owner: Int, _ me: PlainProcess<Message>
    ) async throws {
        let root = numbers.add(1, ordering: .relaxed).newValue
        try await events.addSupervisedHandler(id, for: me) {
            self.make(key, owner, .nobody, number: root)
        } onExit: {
            .told(root: root, $0.short)
        }
    }

    /// Made in the manager.
    fileprivate func make(
        _ key: Int, _ claimant: Int?, _ origin: EventModel.Origin, number: Int? = nil
    ) -> StormHandler {
        let number = number ?? numbers.add(1, ordering: .relaxed).newValue
        note(.made(number, key: key, claimant: claimant, after: origin))
        return StormHandler(storm: self, number: number, key: key)
    }

    fileprivate func refuse(_ claimant: Int?, _ origin: EventModel.Origin) throws -> StormHandler {
        note(.refused(claimant: claimant, after: origin))
        throw Failure()
    }
}

/// Takes note of everything, and does what the events say.
struct StormHandler: EventHandler {
    enum Call: Sendable { case number(Reply<Int>, EventStorm.Effect) }
    let storm: EventStorm
    let number: Int
    let key: Int

    func handleEvent(_ event: EventStorm.Event) async throws -> Next {
        storm.note(.handled(event: event.number, by: number))
        if number % 3 == 0 { await Task.yield() }
        return event.key == key ? try act(event.effect) : .keep
    }

    func handleCall(_ call: Call) async throws -> Next {
        switch call {
        case .number(let reply, let effect):
            storm.note(.called(number))
            if number % 5 == 0 { await Task.yield() }
            reply(number)
            return try act(effect)
        }
    }

    private func act(_ effect: EventStorm.Effect) throws -> Next {
        let (storm, key) = (storm, key)
        switch effect {
        case .keep: return .keep
        case .hibernate: return .hibernate
        case .fail: throw EventStorm.Failure()
        case .remove: return .remove
        case .giveWay:
            return .swap(to: HandlerID<StormHandler>(key), argument: true) { storm.make(key, nil, .gaveWay($0!)) }
        case .giveWayInVain:
            return .swap(to: HandlerID<StormHandler>(key), argument: true) { try storm.refuse(nil, .gaveWay($0!)) }
        }
    }

    func terminate(_ end: HandlerEnd) -> Int {
        storm.note(.ended(number, end.short))
        return number
    }
}

/// Always there, and always last.
struct Sentinel: EventHandler {
    let storm: EventStorm

    func handleEvent(_ event: EventStorm.Event) -> Next {
        storm.note(.handled(event: event.number, by: EventModel.sentinel))
        _ = storm.handled.withLock { $0.insert(event.number) }
        return .keep
    }

    func terminate(_ end: HandlerEnd) { storm.note(.ended(EventModel.sentinel, end.short)) }
}

extension HandlerEnd {
    fileprivate var short: EventModel.End {
        switch self {
        case .deleted: .deleted
        case .swapped(let isOwnWish): isOwnWish is Bool ? .gaveWay : .swapped
        case .removed: .removed
        case .stopped: .stopped
        case .ownerEnded: .ownerEnded
        case .failed: .failed
        }
    }
}

extension HandlerExit {
    fileprivate var short: EventModel.Notice {
        switch reason {
        case .normal: .normal
        case .shutdown: .shutdown
        case .swapped: .swapped
        case .failed: .failed
        }
    }
}
