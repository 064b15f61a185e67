import Foundation
import Testing

/// Random processes do random things to each other; what they saw is judged by the model.
///
/// `dev/storm` runs more of them than the normal run and judges saved histories again.
@Suite("storms", .serialized) struct StormTests {
    private static let options = StormOptions.fromEnvironment

    @Test("A seeded storm replays line by line, and the model explains it", arguments: 0..<10)
    func seeded(part: Int) async throws {
        for index in stride(from: part, to: Self.options.seeds, by: 10) {
            let program = Program(
                seed: Self.options.firstSeed + UInt64(index), issuers: 2 + index % 5, deeds: Self.options.deeds)
            let (history, again) = try await offPool { (try Storm.seeded(program), try Storm.seeded(program)) }
            #expect(history.text == again.text, "seed \(program.seed) does not replay")
            try await judge(history)
        }
    }

    @Test("The model explains what eight issuers on all workers saw") func concurrent() async throws {
        for round in 0..<Self.options.rounds {
            let program = Program(
                seed: Self.options.firstSeed + UInt64(round), issuers: 8, deeds: Self.options.concurrentDeeds)
            do {
                try await judge(Storm.concurrent(program, patience: .seconds(Self.options.patience)))
            } catch let stuck as StormStuck {
                save(stuck.history, temporary(stuck.history))
                Issue.record("\(stuck); the history is in \(temporary(stuck.history).path)")
            }
        }
    }

    /// A history that cannot be explained is saved, to be judged again by `dev/storm judge`.
    private func judge(_ history: History) async throws {
        if let folder = Self.options.folder { save(history, folder.appendingPathComponent(name(history))) }
        let verdict = try await offPool { Judge.judge(history, .swift) }
        if verdict == .explained { return }
        save(history, temporary(history))
        Issue.record("seed \(history.seed): \(verdict); the history is in \(temporary(history).path)")
    }

    private func name(_ history: History) -> String { "storm-\(history.source)-\(history.seed).txt" }

    private func temporary(_ history: History) -> URL {
        FileManager.default.temporaryDirectory.appendingPathComponent(name(history))
    }

    private func save(_ history: History, _ file: URL) {
        do { try history.text.write(to: file, atomically: true, encoding: .utf8) } catch {
            Issue.record("a history cannot be saved: \(error)")
        }
    }
}

/// How many storms, and how long ones.
struct StormOptions: Sendable {
    var seeds = 100
    var firstSeed: UInt64 = 1
    var deeds = 1_000
    var rounds = 10
    var concurrentDeeds = 1_500
    /// After how many seconds a storm that does not end is given up; many times what it needs.
    var patience = 120
    /// Rounds of each litmus storm.
    var litmus = 5_000
    /// What each attacker of a supervision tree does.
    var blows = 300
    /// Every how many-th of the recorded histories the model is tried on.
    var step = 1
    /// Where every history is saved, explained or not.
    var folder: URL?
    /// Files with histories to be judged again.
    var judged: [String] = []

    static let fromEnvironment: StormOptions = {
        let environment = ProcessInfo.processInfo.environment
        func number(_ name: String, _ value: Int) -> Int { environment[name].flatMap { Int($0) } ?? value }
        var options = StormOptions()
        if environment["STORM_LIGHT"] != nil {
            (options.seeds, options.rounds, options.litmus, options.blows, options.step) = (10, 3, 500, 50, 10)
        }
        options.seeds = number("STORM_SEEDS", options.seeds)
        options.firstSeed = UInt64(number("STORM_FIRST_SEED", 1))
        options.deeds = number("STORM_DEEDS", options.deeds)
        options.rounds = number("STORM_ROUNDS", options.rounds)
        options.concurrentDeeds = number("STORM_CONCURRENT_DEEDS", options.concurrentDeeds)
        options.litmus = number("STORM_LITMUS", options.litmus)
        options.blows = number("STORM_BLOWS", options.blows)
        options.patience = number("STORM_PATIENCE", options.patience)
        options.folder = environment["STORM_KEEP"].map { URL(fileURLWithPath: $0, isDirectory: true) }
        options.judged = environment["STORM_JUDGE"]?.split(separator: ":").map(String.init) ?? []
        return options
    }()
}
