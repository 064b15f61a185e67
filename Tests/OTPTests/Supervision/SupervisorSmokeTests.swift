import OTP
import Testing

@Suite struct SupervisorSmokeTests {
    @Test func `a tree starts, restarts and stops`() async throws {
        let tree = Supervisor("root", .oneForOne) {
            Worker.child("a") { Worker(number: 1) }
            Supervisor("branch", .restForOne) {
                Worker.child("b") { Worker(number: 2) }
                Worker.child("c") { Worker(number: 3) }
            }
        }
        let root = try await tree.start()
        let before = try #require(try await root.pid(of: "a"))
        print(try await root.tree())
        Node.current.sendExit(.kill, to: before)
        while try await root.pid(of: "a") == before { await Task.yield() }
        print(try await root.tree())
        try await root.stop()
        #expect(!root.isAlive)
    }
}
