import BenchKit
import Foundation
import Testing

#if os(Linux)
    @Suite struct UsageTests {
        @Test func aBusyProcessIsSeenFromOutside() throws {
            let script = "read -r line; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo ok $i; read -r line"
            let peer = try PeerProcess("busy", .init("/bin/sh", ["-c", script]))
            defer { peer.end() }
            let before = try #require(Usage.of(pid: peer.pid))
            #expect(try peer.ask("go") == ["20000"])
            let after = try #require(Usage.of(pid: peer.pid))
            #expect(after.cpu > before.cpu)
            #expect(after.resident > 0)
        }

        @Test func aProcessThatIsGoneHasNoUsage() {
            #expect(Usage.of(pid: .max) == nil)
        }
    }
#endif
