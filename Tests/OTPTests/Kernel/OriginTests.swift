import OTPTestKit
import Testing

@testable import OTP

@Suite struct OriginTests {
    @Test func `it leads to the parent, its parent and so on`() {
        let node = Node(name: "origin", workers: 1)
        let pids = (0..<5).map { _ in node.nextPID() }
        let origin = pids.reduce(nil) { Origin(parent: $1, grandparents: $0) }
        #expect(origin?.ancestors == pids.reversed())
    }

    @Test func `of a long line the nearest are known`() throws {
        let node = Node(name: "origin", workers: 1)
        let clan = Clan(on: node)
        let root = Origin(parent: node.nextPID(), grandparents: nil).founding(clan)
        var origin = root
        var pids = [root.parent]
        for index in 1..<1_000 {
            let callers = CallerChain(pid: pids.last!, rest: nil)
            let pid = node.nextPID()
            pids.append(pid)
            origin = Origin(parent: pid, grandparents: origin, isObeyed: index % 3 != 0, callers: callers)
            let known = origin.ancestors
            #expect(known == pids.suffix(known.count).reversed())
            #expect(known.count == pids.count || (Origin.most / 2...Origin.most).contains(known.count))
            #expect(origin.clan === clan)
        }
        // Of those that are told anew nothing is lost.
        for (index, link) in zip((0..<1_000).reversed(), sequence(first: origin, next: \.grandparents)) {
            #expect(link.master == (index % 3 == 0 ? nil : pids[index]))
            #expect(link.callers?.pids == [pids[index - 1]])
            #expect(link.clan === clan)
        }
    }

    @Test func `of a long line of callers the nearest are known`() {
        let node = Node(name: "callers", workers: 1)
        var pids: [PID] = []
        var chain: CallerChain?
        for _ in 0..<1_000 {
            pids.append(node.nextPID())
            chain = CallerChain(pid: pids.last!, rest: chain)
            let known = chain!.pids
            #expect(known == pids.suffix(known.count).reversed())
            #expect(known.count == pids.count || (Origin.most / 2...Origin.most).contains(known.count))
        }
    }

    @Test func `members of a clan on another node outlive its end, and are born there`() async throws {
        let (home, abroad) = (Node(name: "home", workers: 1), Node(name: "abroad", workers: 1))
        let clan = Clan(on: home)
        let emigrant = LockedBox<ProcessRef<Never>?>(nil)
        let child = LockedBox<ProcessRef<Never>?>(nil)
        let gate = Gate()
        let founder = home.spawn(receiving: Letter.self) { me in
            let founder = me.context.spawnFounder(of: clan, receiving: Never.self, { .down($0) }) { _ in
                let born = abroad.spawn(receiving: Never.self) { _ in
                    await gate.pass()
                    child.set(spawn { _ in await untilCancelled() })
                    await untilCancelled()
                }
                emigrant.set(born)
                await untilCancelled()
            }
            _ = try await me.nextDown()
            _ = founder
        }
        while emigrant.get() == nil { await Task.yield() }
        clan.end(on: home)
        _ = await founder.waitForEnd()
        gate.open()
        while child.get() == nil { await Task.yield() }
        #expect(emigrant.get()?.isAlive == true && child.get()?.isAlive == true)
        await home.shutdown()
        await abroad.shutdown()
    }

    @Test func `who is born into a clan that is ended is killed at once, however he was started`() async throws {
        let clan = Clan(on: threadedNode)
        let (earlier, later) = (LockedBox<[PID]>([]), LockedBox<[PID]>([]))
        let stranger = try await onThreads { me in
            let stranger = spawn { _ in await untilCancelled() }
            let founder = me.context.spawnFounder(of: clan, receiving: Letter.self, { .down($0) }) { founder in
                founder.trapExits { .exit($0) }
                let ref = founder.ref
                let parent = spawn { parent in
                    earlier.withLock { $0.append(parent.spawnLink { _ in await untilCancelled() }.pid) }
                    ref.send(.text("through"))
                    await untilCancelled()
                }
                _ = try await founder.nextText()
                earlier.withLock { $0.append(parent.pid) }
                clan.end(on: founder.node, except: founder.pid)

                let first = spawn { _ in await untilCancelled() }
                try #require(!first.isAlive)
                later.withLock { $0.append(first.pid) }
                later.withLock { $0.append(founder.spawnLink { _ in await untilCancelled() }.pid) }
                let (watched, monitor) = founder.spawnMonitor({ .down($0) }) { _ in await untilCancelled() }
                later.withLock { $0.append(watched.pid) }
                let end = try await founder.nextDown(monitor)
                #expect(end.reason.wasKilled)
                let task = ProcessTask.async { await untilCancelled() }
                let pid = try #require(task.pid)
                later.withLock { $0.append(pid) }
                await #expect(throws: StartError.self) { try await Counter.start { Counter() } }
                await #expect(throws: StartError.self) { try await Counter.startLink(founder) { Counter() } }
            }
            let end = try await me.nextDown()
            #expect(end.reason.isNormal)
            #expect(!founder.isAlive)
            return stranger
        }
        #expect(earlier.get().count == 2)
        #expect(later.get().count == 4)
        for pid in earlier.get() + later.get() { #expect(!threadedNode.isAlive(pid)) }
        #expect(stranger.isAlive)
        stranger.sendExit(.kill)
    }
}
