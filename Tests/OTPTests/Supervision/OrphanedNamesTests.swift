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

    @Test(arguments: [1, 3])
    func `it waits for the children of supervisors without names, too, however deep they stand`(depth: Int) {
        play { scene in
            let release = Gate()
            let ending = Gate()
            let inner = SupervisorName("inner")
            let slow: ServerName<Worker> = "slow"
            let child = Worker.child("slow", name: slow) {
                var worker = Worker()
                worker.gate = release
                worker.onTerminate = { ending.open() }
                return worker
            }
            // Ends after the slow one, so that its supervisor still runs, and is in nobody's way but by its name.
            let first = Worker.child("first", name: "first") { Worker() }
            var below = [first.childSpec, child.childSpec]
            for level in 0..<depth {
                let children = below
                below = [Supervisor("level \(level)", .oneForOne) { for child in children { child } }.childSpec]
            }
            let children = below
            let root = try await scene.start(
                Supervisor(.oneForOne) {
                    Supervisor("inner", .oneForOne, name: inner) { for child in children { child } }
                })
            let orphan = try need(slow.whereIs()?.pid)
            try await scene.end(try need(inner.ref).pid, .kill)
            try await scene.me.sleep(for: .seconds(4))
            try check(slow.whereIs()?.pid, is: orphan)
            release.open()
            await ending.pass()
            let status = try need(try await root.children().first)
            try check(status.restarts, is: 1)
            try check(slow.whereIs() != nil && slow.whereIs()?.pid != orphan)
            try await root.stop()
        }
    }

    @Test(arguments: [false, true])
    func `a name is not waited for whose holder only descends from somebody who has ended`(isSupervised: Bool) {
        play { scene in
            let slow: ServerName<Worker> = "slow"
            // Started untied by a process that ends: it stays, and so does what is below it.
            let parent = spawn { _ in
                if isSupervised {
                    _ = try await Supervisor(.oneForOne) { Worker.child("slow", name: slow) { Worker() } }.start()
                } else {
                    _ = try await Worker.start(name: slow) { Worker() }
                }
            }
            _ = await parent.waitForEnd()
            let begun = Node.current.now
            do {
                _ = try await scene.start(Supervisor(.oneForOne) { Worker.child("slow", name: slow) { Worker() } })
                throw Unmet(description: "started")
            } catch let error as SupervisorError {
                guard case .failedToStart(let cause as StartError) = error.code, case .alreadyStarted = cause.code
                else {
                    throw error
                }
            }
            try check(Node.current.now - begun, is: .zero)
        }
    }
}
