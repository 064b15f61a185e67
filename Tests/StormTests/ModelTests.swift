import Foundation
import Testing

/// The model is checked against what a real Erlang did: it must explain all of it, and nothing that is corrupted.
@Suite("storm model") struct ModelTests {
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

    @Test("Every history recorded from Erlang is explained", arguments: 0..<8) func explains(part: Int) {
        for (index, history) in Self.recorded.enumerated() where index % 8 == part {
            let verdict = Judge.judge(history, .erlang)
            #expect(verdict == .explained, "seed \(history.seed): \(verdict)")
        }
    }

    @Test("Every corrupted history is rejected", arguments: Corruption.all.indices)
    func rejects(kind: Int) throws {
        let corruption = Corruption.all[kind]
        var applied = 0
        for history in Self.recorded {
            guard let corrupted = corruption.apply(try Story(history)) else { continue }
            applied += 1
            if case .rejected = Judge.judge(corrupted, .erlang) { continue }
            Issue.record("\(corruption.name) in seed \(history.seed) is not noticed")
        }
        #expect(applied >= 20, "\(corruption.name) fits only \(applied) histories")
    }
}
