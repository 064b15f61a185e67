import OTP
import Testing

/// A supervisor that is killed leaves children behind that have names and take their time to end.
@Suite struct OrphanedNamesTests {
    @Test func `the successor of a killed supervisor waits until its orphans have set their names free`() async throws {
        let (releases, release) = AsyncStream.makeStream(of: Void.self)
        let (endings, ending) = AsyncStream.makeStream(of: Void.self)
        let deep = SupervisorName("orphaned: deep")
        let root = try await Supervisor(.oneForOne) {
            Supervisor("inner", .oneForOne, name: "orphaned: inner") {
                Supervisor("deep", .oneForOne, name: deep) {
                    Worker.child("slow", name: "orphaned: slow") {
                        var worker = Worker()
                        worker.onTerminate = {
                            ending.yield()
                            for await _ in releases { break }
                        }
                        return worker
                    }
                }
            }
        }.start()
        let orphan = try #require(deep.ref)
        Node.current.sendExit(.kill, to: try #require(SupervisorName("orphaned: inner").ref).pid)
        for await _ in endings { break }
        #expect(orphan.isAlive)
        release.finish()
        while deep.ref == nil || deep.ref == orphan { await Task.yield() }
        // Answered when the restart is through: one restart, and no start that failed.
        let inner = try #require(await root.children().first)
        #expect(inner.restarts == 1)
        #expect(inner.pid != nil)
        try await root.stop()
    }
}
