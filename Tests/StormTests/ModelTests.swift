import Foundation
import Testing

/// The model is checked against what a real Erlang did: it must explain all of it, and nothing that is corrupted.
@Suite("storm model", .serialized) struct ModelTests {
    private static let step = StormOptions.fromEnvironment.step

    static let recorded: [History] = {
        do {
            let file = try #require(
                Bundle.module.url(forResource: "erlang-25", withExtension: "txt", subdirectory: "Histories"))
            return try History.read(try String(contentsOf: file, encoding: .utf8))
        } catch {
            Issue.record("the recorded histories cannot be read: \(error)")
            return []
        }
    }()

    @Test("At least 500 histories are recorded, of every kind of deed") func recordings() {
        #expect(Self.recorded.count >= 500)
        var verbs: Set<Substring> = []
        for line in Self.recorded.lazy.flatMap(\.lines) { verbs.insert("\(line.act)".prefix { $0 != " " }) }
        #expect(verbs.count == 29, "\(verbs.sorted())")
    }

    @Test("A history survives being written and read") func text() throws {
        let history = try #require(Self.recorded.first)
        #expect(try History.read(history.text).first?.lines == history.lines)
    }

    @Test("Every history recorded from Erlang is explained", arguments: 0..<4) func explains(part: Int) async throws {
        let verdicts = try await offPool {
            stride(from: part, to: Self.recorded.count, by: 4 * Self.step).map { index in
                (Self.recorded[index].seed, Judge.judge(Self.recorded[index], .erlang))
            }
        }
        for (seed, verdict) in verdicts { #expect(verdict == .explained, "seed \(seed): \(verdict)") }
    }

    /// Histories of which one line decides: with the first of the two they may have been, with the second not.
    private static let decided: [(name: String, before: String, right: String, wrong: String, after: String)] = [
        (
            "a killed process is dead", "0 spawn 100\n0 .\n0 sig 100 kill\n0 alive 100", "0 . false", "0 . true",
            "0 mon 101 100\n0 down 101 100 noproc"
        ),
        (
            "and receives nothing", "0 spawn 100\n0 .\n0 sig 100 kill\n0 send 100 101", "0 mon 102 100",
            "100 got 101\n0 mon 102 100", "0 down 102 100 noproc"
        ),
        (
            "a name stays with one that lives", "0 spawn 100 g\n0 .\n0 reg n0 100\n0 . ok\n0 where n0", "0 . 100",
            "0 . none",
            "0 mon 101 100\n0 sig 100 kill\n1 sig 100 kill\n0 down 101 100 killed"
        ),
        (
            "a failed call finds the name free",
            "0 spawn 100 g\n0 .\n0 reg n0 100\n0 . ok\n1 sig 100 kill\n0 call 101 100\n0 . exit killed\n0 where n0",
            "0 . none", "0 . 100", "0 mon 102 100\n0 down 102 100 noproc"
        ),
    ]

    @Test("What our processes promise and Erlang's need not is noticed, too", arguments: decided.indices)
    func decides(index: Int) throws {
        let story = Self.decided[index]
        func verdict(_ line: String) throws -> Verdict {
            let text = "# 1 concurrent issuers=2\n\(story.before)\n\(line)\n\(story.after)\n0 end\n1 end\n"
            return Judge.judge(try #require(History.read(text).first), .swift)
        }
        #expect(try verdict(story.right) == .explained, "\(story.name)")
        guard case .rejected = try verdict(story.wrong) else {
            Issue.record("\(story.name): not noticed")
            return
        }
    }

    @Test("Every corrupted history is rejected", arguments: Corruption.all.indices)
    func rejects(kind: Int) async throws {
        let corruption = Corruption.all[kind]
        let verdicts = try await offPool {
            try stride(from: 0, to: Self.recorded.count, by: Self.step).compactMap { index in
                let history = Self.recorded[index]
                return try corruption.apply(Story(history)).map { (history.seed, Judge.judge($0, .erlang)) }
            }
        }
        for (seed, verdict) in verdicts {
            if case .rejected = verdict { continue }
            Issue.record("\(corruption.name) in seed \(seed) is not noticed")
        }
        #expect(verdicts.count >= 20 / Self.step, "\(corruption.name) fits only \(verdicts.count) histories")
    }
}
