import Foundation
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

/// Keeps the replies to what it is asked.
private struct Keeper: GenServer {
    enum Call: Sendable { case ask(Reply<Int>) }
    let replies: LockedBox<[Reply<Int>]>

    mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        if case .ask(let reply) = call { replies.withLock { $0.append(reply) } }
        return .receive
    }
}

extension ServerRef<Keeper> {
    /// What it answers, or how that fails. The answer goes through the runtime's pool, which others may fill.
    fileprivate var outcome: String {
        get async {
            do {
                return "\(try await call(timeout: .seconds(60)) { .ask($0) })"
            } catch let error as CallError {
                return "\(error.code)"
            } catch {
                return "\(error)"
            }
        }
    }
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

    @Test(arguments: [false, true])
    func `a call of a killed server fails when its names are free, also if it is answered or dropped before`(
        isAnswered: Bool
    ) async throws {
        let node = threadedNode
        let replies = LockedBox<[Reply<Int>]>([])
        let name = ServerName<Keeper>("keeper of \(isAnswered)")
        let keeper = try await node.with { try await Keeper.start(name: name) { Keeper(replies: replies) } }
        let isEnding = Atomic(false)
        let mayEnd = Atomic(false)
        let isHeld = keeper.cell.own(
            EndAction { _ in
                isEnding.store(true, ordering: .releasing)
                while !mayEnd.load(ordering: .acquiring) {}
            })
        #expect(isHeld)
        let caller = Task {
            let outcome = await keeper.outcome
            return "\(outcome), \(node.with { name.whereIs() } == nil ? "free" : "taken")"
        }
        while replies.get().isEmpty { await Task.yield() }
        // A thread of its own: it waits in the midst of the end.
        Thread { keeper.sendExit(.kill) }.start()
        while !isEnding.load(ordering: .acquiring) { await Task.yield() }
        let reply = try #require(replies.withLock { $0.popLast() })
        let slot = try #require(reply.slot)
        if isAnswered { reply(1) } else { slot.dropped(reply.generation) }
        #expect(!slot.isReady)
        mayEnd.store(true, ordering: .releasing)
        #expect(await caller.value == "exited(killed), free")
    }

    @Test func `who gives a claim back too late for the server's end fails the call itself`() async throws {
        let replies = LockedBox<[Reply<Int>]>([])
        let keeper = try await threadedNode.with { try await Keeper.start { Keeper(replies: replies) } }
        let caller = Task { await keeper.outcome }
        while replies.get().isEmpty { await Task.yield() }
        let reply = try #require(replies.withLock { $0.popLast() })
        let slot = try #require(reply.slot)
        #expect(slot.claim(reply.generation))
        keeper.sendExit(.kill)
        #expect(!slot.isReady)
        slot.leave(toEndOf: keeper.cell, .killed)
        #expect(await caller.value == "exited(killed)")
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
