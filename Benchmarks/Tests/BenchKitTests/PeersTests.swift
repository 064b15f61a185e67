import BenchKit
import Foundation
import Testing

@Suite struct PeersTests {
    private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Peers")

    private static let installed = [("erlang", "erl"), ("elixir", "elixir"), ("go", "go")].filter { _, program in
        ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":")
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") } ?? false
    }.map(\.0)

    /// Every row of a peer, small: it verifies its own result. Rust takes long to build and has the comparison itself
    /// as its test.
    @Test(arguments: installed) func everyRowAnswers(name: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("peer-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var skipped: [String] = []
        let found = Peers.contestant(name, sources: Self.sources.appendingPathComponent(name), into: folder) {
            skipped.append($0)
        }
        let contestant = try #require(found, "\(skipped)")
        let peer = try PeerProcess(name, contestant.launch)
        defer { peer.end() }
        let hasServers = contestant.rows.contains("bytes")
        for row in contestant.rows.subtracting(["bytes", "idle"]) {
            let answer = try peer.ask("run \(row) 4000")
            #expect(answer.count == 2)
            #expect(answer.last.flatMap { Int($0) } ?? 0 > 0)
        }
        if hasServers {
            #expect(try peer.ask("hold 10").isEmpty)
            #expect(try peer.ask("release").isEmpty)
        }
        #expect { try peer.ask("run nothing 1") } throws: { "\($0)".contains("error") }
    }

    @Test func whoCannotBeBuiltIsLeftOutWithAWord() {
        var skipped: [String] = []
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("peer-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let found = Peers.contestant("cobol", sources: Self.sources, into: folder) { skipped.append($0) }
        #expect(found == nil)
        #expect(skipped.count == 1)
    }
}
