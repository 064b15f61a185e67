import OTPTestKit
import Synchronization
import Testing

@testable import OTP

/// Notes, the moment it is told, what of the ended process can still be seen.
// @unchecked as its superclass: what changes is guarded.
private final class Witness: DownListener, @unchecked Sendable {
    let seen = Mutex<[String]>([])
    private let look: @Sendable () -> String
    init(_ look: @escaping @Sendable () -> String) { self.look = look }
    override func down(_ message: DownMessage) { seen.withLock { $0.append(look()) } }
}

@Suite struct EndOrderTests {
    @Test func `when the end is told, resources have been let go, last first, and the name is free`() throws {
        let node = threadedNode
        let process = node.spawn(receiving: Letter.self) { me in _ = try await me.nextText() }
        let cell = try #require(Node.cell(process.pid))
        let key = NameTable.Key("end order")
        #expect(node.names.register(key, cell) == nil)
        let released = Mutex<[Int]>([])
        for number in 1...3 {
            let isHeld = cell.own(
                EndAction { _ in
                    let isNamed = node.names.whereIs(key) != nil
                    released.withLock { $0.append(isNamed ? number : -number) }
                })
            #expect(isHeld)
        }
        let witness = Witness {
            "\(released.withLock { $0 }), \(node.names.whereIs(key) == nil ? "free" : "taken")"
        }
        #expect(cell.addListener(witness, as: .make()))
        process.sendExit(.kill)
        #expect(witness.seen.withLock { $0 } == ["[3, 2, 1], free"])
    }

    @Test func `who waits for a killed process's code is told when it has returned, also if nobody was tied to it`()
        async throws
    {
        let node = threadedNode
        let gate = Mutex(false)
        let process = node.spawn { _ in while !gate.withLock({ $0 }) { await Task.yield() } }
        let cell = try #require(Node.cell(process.pid))
        while node.snapshot(of: process.pid)?.status != .running { await Task.yield() }
        process.sendExit(.kill)
        let told = Mutex(0)
        cell.whenReleased { told.withLock { $0 += 1 } }
        #expect(told.withLock { $0 } == 0)
        gate.withLock { $0 = true }
        while !cell.has(ProcessCell.Control.released) { await Task.yield() }
        // Told a moment later.
        for _ in 0..<100_000 where told.withLock({ $0 }) == 0 { await Task.yield() }
        #expect(told.withLock { $0 } == 1)
        cell.whenReleased { told.withLock { $0 += 1 } }
        #expect(told.withLock { $0 } == 2)
    }
}
