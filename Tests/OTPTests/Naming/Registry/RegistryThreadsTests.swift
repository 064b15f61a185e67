import Synchronization
import Testing

@testable import OTP

private final class Tally: Sendable {
    let isOver = Atomic<Bool>(false)
    let wrong = Atomic<Int>(0)
    func noteWrong() { wrong.add(1, ordering: .relaxed) }
}

/// Registries under several threads at once.
@Suite struct RegistryThreadsTests {
    private static func idle() -> ProcessRef<Int> {
        spawn(receiving: Int.self) { me in while true { _ = try await me.receive() } }
    }

    @Test("RG-014 a killed holder is not found, and its key can be taken, round after round")
    func killed() async throws {
        let wrong = try await onThreads { me in
            let keys: RegistryName<Int, Void> = "killed"
            let supervisor = try await Registry(keys, partitions: 2).start()
            let core = try #require(keys.core)
            for round in 0..<5_000 {
                let process = Self.idle()
                try core.register(1, (), process.server.cell)
                guard keys.pid(for: 1) == process.pid else { return "round \(round): not found" }
                process.sendExit(.kill)
                if let left = keys.pid(for: 1) { return "round \(round): \(left) found, dead" }
                if !keys.lookup(1).isEmpty || keys.count != 0 { return "round \(round): an entry is left" }
            }
            try await supervisor.stop()
            return ""
        }
        #expect(wrong == "")
    }

    @Test("whoever looks while others register, unregister and end finds one living holder or none")
    func storm() async throws {
        let outcome = try await onThreads { me in
            let keys: RegistryName<Int, Int> = "storm"
            let supervisor = try await Registry(keys, partitions: 4).start()
            let tally = Tally()
            let readers = (0..<2).map { _ in
                threadedNode.spawn { me in
                    while !tally.isOver.load(ordering: .relaxed) {
                        for key in 0..<16 {
                            let entries = keys.lookup(key)
                            if entries.count > 1 || entries.contains(where: { $0.value != key }) { tally.noteWrong() }
                        }
                        try await me.yield()
                    }
                }
            }
            let writers = (0..<4).map { number in
                threadedNode.spawn { me in
                    for round in 0..<1_500 {
                        let key = (round + number) % 16
                        do throws(RegistryError) {
                            try keys.register(key, key, for: me)
                            if keys.pid(for: key) != me.pid { tally.noteWrong() }
                            if round % 3 != 0 { keys.unregister(key, for: me) }
                        } catch {
                            if case .alreadyRegistered = error.code { continue }
                            tally.noteWrong()
                        }
                        if round % 50 == 0 { for key in 0..<16 { keys.unregister(key, for: me) } }
                    }
                }
            }
            for writer in writers { _ = await writer.waitForEnd() }
            tally.isOver.store(true, ordering: .relaxed)
            for reader in readers { _ = await reader.waitForEnd() }
            let left = keys.count
            try await supervisor.stop()
            return (tally.wrong.load(ordering: .relaxed), left)
        }
        #expect(outcome == (0, 0))
    }
}
