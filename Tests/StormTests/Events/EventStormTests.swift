import OTP
import OTPTestKit
import Testing

/// Handlers that come and go by random deeds of many processes, owners that end, and a model that has to explain what
/// the handlers went through.
@Suite("event storms", .serialized) struct EventStormTests {
    private static let options = StormOptions.fromEnvironment

    @Test("A seeded storm of events replays entry by entry, and the model explains it")
    func seeded() async throws {
        for index in 0..<max(Self.options.seeds / 5, 2) {
            let seed = Self.options.firstSeed + UInt64(index)
            let journals = try await offPool { try (0..<2).map { _ in try Self.seeded(seed) } }
            #expect(journals[0] == journals[1], "seed \(seed) does not replay")
        }
    }

    private static func seeded(_ seed: UInt64) throws -> [EventModel.Entry] {
        let virtual = VirtualNode(seed: seed)
        virtual.node.silence()
        let storm = EventStorm(seed: seed, issuers: 2 + Int(seed % 5), deeds: 100)
        let ends = try virtual.perform(within: .seconds(100_000)) { try await storm.play() }
        try virtual.shutdown()
        check(storm, ends)
        return storm.journal.withLock { $0 }
    }

    @Test("The model explains what eight processes on all workers do to an event manager", .timeLimit(.minutes(5)))
    func concurrent() async throws {
        var kinds: Set<EventModel.End> = []
        for round in 0..<Self.options.rounds {
            let node = Node(name: "event storm \(round)")
            node.silence()
            let storm = EventStorm(seed: Self.options.firstSeed + UInt64(round), issuers: 8, deeds: 400)
            let ends = try await node.with { try await storm.play() }
            await node.shutdown(deadline: .zero)
            Self.check(storm, ends)
            for case .ended(_, let end) in storm.journal.withLock({ $0 }) { kinds.insert(end) }
        }
        #expect(kinds == [.deleted, .swapped, .gaveWay, .removed, .failed, .ownerEnded, .stopped])
    }

    private static func check(_ storm: EventStorm, _ ends: [ExitReason?]) {
        #expect(ends.allSatisfy { $0?.isNormal == true }, "\(ends)")
        let journal = storm.journal.withLock { $0 }
        var model = EventModel()
        for (index, entry) in journal.enumerated() {
            do { try model.apply(entry) } catch {
                Issue.record("seed \(storm.seed), entry \(index): \(error); \(journal[max(0, index - 12)...index])")
                return
            }
        }
        #expect(model.isOver)
        for issuer in 0..<storm.issuers {
            let events = model.delivered.filter { $0 / 1_000_000 == issuer }.map { $0 % 1_000_000 }
            #expect(events == Array(1..<(storm.sent.withLock { $0[issuer] ?? 0 } + 1)))
        }
        #expect(storm.handled.withLock { $0.count } == model.delivered.count)
        // What the owners were told that lived on: each of the issuers.
        let due = model.told.filter { root, _ in model.owner(of: root).map { $0 < storm.issuers } == true }
        #expect(storm.told.withLock { $0 } == due)
        for (key, handler) in storm.answers.withLock({ $0 }) { #expect(model.key(of: handler) == key) }
    }

    @Test("The model refuses what an event manager may not do")
    func refuses() {
        let made: [EventModel.Entry] = [1, 2, 3].map {
            .made($0, key: $0 % 2, claimant: $0 < 3 ? 7 : nil, after: .nobody)
        }
        let event: [EventModel.Entry] = [3, 2, 1, 0].map { .handled(event: 9, by: $0) }
        let explained: [[EventModel.Entry]] = [
            event,
            [.handled(event: 9, by: 3), .ended(3, .failed)] + event.dropFirst(),
            [.handled(event: 9, by: 3), .ended(3, .gaveWay), .made(4, key: 1, claimant: nil, after: .gaveWay(3))]
                + event.dropFirst() + [.handled(event: 10, by: 4)],
            [.ended(3, .deleted), .ended(1, .deleted)],
            [.ended(2, .ownerEnded), .ended(1, .ownerEnded), .handled(event: 9, by: 3)],
            [.ended(2, .swapped), .made(4, key: 1, claimant: nil, after: .swapped(2)), .handled(event: 9, by: 4)],
            [.called(3), .ended(3, .removed)], [.called(2)],
            [3, 2, 1, 0].map { .ended($0, .stopped) },
        ]
        let unexplained: [[EventModel.Entry]] = [
            // Not the newest first; one left out; an addition, a deletion or a call within an event.
            [.handled(event: 9, by: 2)], [.handled(event: 9, by: 3), .handled(event: 9, by: 1)],
            [.handled(event: 9, by: 3), .made(4, key: 1, claimant: nil, after: .nobody)],
            [.handled(event: 9, by: 3), .ended(1, .deleted)], [.handled(event: 9, by: 3), .called(2)],
            // Two events at a time; one twice.
            [.handled(event: 9, by: 3), .handled(event: 10, by: 2)], event + [.handled(event: 9, by: 2)],
            // The older of two that are called the same; a failure out of nothing; one that has gone.
            [.ended(1, .deleted)], [.called(1)], [.ended(3, .failed)], [.ended(3, .deleted), .called(3)],
            // Some of an owner's handlers only, or in another order; the end of an owner that there is not.
            [.ended(2, .ownerEnded)] + [.handled(event: 9, by: 3)], [.ended(1, .ownerEnded)], [.ended(3, .ownerEnded)],
            // After a swap another comes, or none, or it stands elsewhere.
            [.ended(2, .swapped), .made(4, key: 1, claimant: nil, after: .nobody)], [.ended(2, .swapped), .called(3)],
            [.ended(2, .swapped), .made(4, key: 1, claimant: nil, after: .swapped(2)), .handled(event: 9, by: 3)],
            [.handled(event: 9, by: 3), .ended(3, .gaveWay)] + event.dropFirst(),
            // Something after the stop.
            [.ended(3, .stopped), .handled(event: 9, by: 2)], [.ended(2, .stopped)],
        ]
        for (stories, isRefused) in [(explained, false), (unexplained, true)] {
            for story in stories {
                var model = EventModel()
                var refusal: EventModel.Unexplained?
                do { for entry in made + story { try model.apply(entry) } } catch { refusal = error }
                #expect((refusal != nil) == isRefused, "\(story): \(refusal?.description ?? "explained")")
            }
        }
    }
}
