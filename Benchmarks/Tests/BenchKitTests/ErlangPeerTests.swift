import BenchKit
import Foundation
import Testing

@Suite struct ErlangPeerTests {
    private static let erlang =
        ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":")
        .contains { FileManager.default.isExecutableFile(atPath: "\($0)/erl") } ?? false

    /// Every row of Erlang's side, small: it verifies its own result.
    @Test(.enabled(if: erlang)) func everyRowAnswers() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Peers/erlang")
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("erlang-peer-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var skipped: [String] = []
        let found = ErlangPeer.contestant(sources: sources, into: folder) { skipped.append($0) }
        let contestant = try #require(found, "\(skipped)")
        #expect(contestant.versions.hasPrefix("Erlang/OTP"))
        let peer = try PeerProcess("erlang", contestant.launch)
        defer { peer.end() }
        for row in contestant.rows.subtracting(["bytes", "idle"]) {
            let answer = try peer.ask("run \(row) 2048")
            #expect(answer.count == 2)
            #expect(answer.last.flatMap { Int($0) } ?? 0 > 0)
        }
        #expect(try peer.ask("hold 10").isEmpty)
        #expect(try peer.ask("release").isEmpty)
        #expect { try peer.ask("run nothing 1") } throws: { "\($0)".contains("error") }
    }
}
