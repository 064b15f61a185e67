import BenchKit
import Testing

/// A small shell program stands in for a side.
private func side(_ script: String) throws -> PeerProcess {
    try PeerProcess("shell", .init("/bin/sh", ["-c", script]))
}

@Suite struct PeerProcessTests {
    @Test func answersComeLineByLine() throws {
        let peer = try side("while read -r line; do echo \"ok $line\"; done")
        defer { peer.end() }
        #expect(try peer.ask("run call 3") == ["run", "call", "3"])
        #expect(try peer.ask("rows") == ["rows"])
    }

    @Test func anErrorIsThrownWithItsText() throws {
        let peer = try side("read -r line; echo \"error not $line\"; read -r line")
        defer { peer.end() }
        #expect { try peer.ask("foo") } throws: { "\($0)".contains("error not foo") }
    }

    @Test func aSideThatEndsIsAFailure() throws {
        let peer = try side("read -r line")
        defer { peer.end() }
        #expect(throws: PeerProcess.Failure.self) { try peer.ask("run call 3") }
    }

    @Test func aSilentSideIsGivenUp() throws {
        let peer = try side("read -r line; read -r line")
        defer { peer.end() }
        #expect { try peer.ask("run call 3", within: 0.05) } throws: { "\($0)".contains("no answer") }
    }
}
