import Testing

@testable import OTP

/// A supervisor that is killed leaves children behind that have names and take their time to end.
@Suite struct OrphanedNamesTests {
    @Test func `the successor of a killed supervisor waits until its orphans have set their names free`() {
        play { scene in
            let release = Gate()
            let ending = Gate()
            let inner = SupervisorName("inner")
            let deep = SupervisorName("deep")
            let root = try await scene.start(
                Supervisor(.oneForOne) {
                    Supervisor("inner", .oneForOne, name: inner) {
                        Supervisor("deep", .oneForOne, name: deep) {
                            Worker.child("slow", name: "slow") {
                                var worker = Worker()
                                worker.gate = release
                                worker.onTerminate = { ending.open() }
                                return worker
                            }
                        }
                    }
                })
            let orphan = try need(deep.ref)
            try await scene.end(try need(inner.ref).pid, .kill)
            // Less than a successor waits for a name whose holder is not ending.
            try await scene.me.sleep(for: .seconds(4))
            try check(deep.ref, is: orphan)
            release.open()
            await ending.pass()
            // Answered when the restart is through: one restart, and no start that failed.
            let child = try need(try await root.children().first)
            try check(child.restarts, is: 1)
            try check(child.pid != nil)
            try check(deep.ref != nil && deep.ref != orphan)
            try await root.stop()
        }
    }
}
