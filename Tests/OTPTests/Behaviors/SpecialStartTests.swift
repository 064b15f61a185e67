import OTPTestKit
import Testing

@testable import OTP

/// The start handshake of hand-written processes.
@Suite struct SpecialStartTests {
    @Test("SP-029 a start waits until the process says that it is ready, and gives what it says")
    func start() throws {
        let lines = try played { me, journal in
            let before = me.node.now
            let (process, value) = try await spawnStart(receiving: Notice.self) { its, started in
                try await its.sleep(for: .seconds(3))
                journal.note("ready")
                started("port 80")
                started("only the first counts")
                _ = try await its.receive()
            }
            journal.note("\(value) after \(me.node.now - before), alive \(process.isAlive)")
            journal.note("linked \(me.snapshot()?.links.contains(process.pid) == true)")
        }
        #expect(lines == ["ready", "port 80 after 3.0 seconds, alive true", "linked false"])
    }

    @Test("SP-030 a linked start waits as well, and links")
    func startLink() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let (process, value) = try await spawnStart(
                receiving: Notice.self, options: SpawnOptions(isLinked: true)
            ) { its, started in
                try await its.sleep(for: .seconds(3))
                started(7)
                _ = try await its.receive()
                throw Exit(.shutdown)
            }
            journal.note("\(value), linked \(me.snapshot()?.links.contains(process.pid) == true)")
            process.send(.text("go"))
            journal.note(try await me.next())
        }
        #expect(lines == ["7, linked true", "EXIT (shutdown)"])
    }

    @Test("SP-031 a monitored start waits, gives value and monitor; at the end a DOWN comes and no EXIT")
    func startMonitor() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let (process, value, _) = try await me.spawnStartMonitor(
                receiving: Notice.self, down: { .down($0) }
            ) { its, started in
                started("ready")
                _ = try await its.receive()
            }
            process.send(.text("go"))
            journal.note("\(value), \(try await me.next()), \(try await me.leftovers())")
        }
        #expect(lines == ["ready, DOWN (normal), []"])
    }

    @Test("SP-032 a monitored and linked start: at the end both notices come")
    func startMonitorLink() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let (process, _, _) = try await me.spawnStartMonitor(
                receiving: Notice.self, options: SpawnOptions(isLinked: true), down: { .down($0) }
            ) { its, started in
                started("ready")
                _ = try await its.receive()
                throw Exit(.shutdown)
            }
            process.send(.text("go"))
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == [#"["EXIT (shutdown)", "DOWN (shutdown)"]"#])
    }

    @Test("SP-033 SP-034 a start that takes too long fails, leaves neither EXIT nor DOWN, and the process is killed")
    func timeout() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            for isLinked in [false, true] {
                let before = me.node.now
                await journal.note {
                    _ = try await spawnStart(
                        receiving: Notice.self, timeout: .milliseconds(100), options: SpawnOptions(isLinked: isLinked)
                    ) { (its, started: StartAcknowledgement<Int>) in
                        try await its.sleep(for: .seconds(1))
                        started(1)
                    }
                }
                journal.note("after \(me.node.now - before)")
            }
            journal.note("\(try await me.leftovers()), processes \(me.node.processCount)")
            // Nothing is kept for an exit that never comes.
            let cell = me.context.cell
            journal.note("awaited \(cell.guarding.withLock { cell.relations?.rare?.flushedExits.count ?? 0 })")
        }
        #expect(
            lines == ["timeout", "after 0.1 seconds", "timeout", "after 0.1 seconds", "[], processes 1", "awaited 0"])
    }

    @Test(
        "SP-035 a monitored and linked start that takes too long: DOWN says killed, by the error's monitor; no EXIT comes"
    )
    func monitorLinkTimeout() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            do throws(StartError) {
                _ = try await me.spawnStartMonitor(
                    receiving: Notice.self, timeout: .milliseconds(100), options: SpawnOptions(isLinked: true),
                    down: { .down($0) }
                ) { (its, started: StartAcknowledgement<Int>) in
                    try await its.sleep(for: .seconds(1))
                    started(1)
                }
            } catch {
                journal.note(SceneLog.short(error))
                guard case .down(let down)? = try await me.receive(within: .seconds(1)) else { return }
                journal.note("DOWN (\(down.reason)), its own \(down.monitor == error.monitor)")
            }
            journal.note("\(try await me.leftovers())")
        }
        #expect(lines == ["timeout", "DOWN (killed), its own true", "[]"])
    }

    @Test("SP-037 a process that ends before it is ready: every kind of start fails alike and none hangs")
    func endsBeforeReady() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let forms: [(Duration?, Bool)] = [
                (nil, false), (.seconds(1000), false), (nil, true), (.seconds(1000), true),
            ]
            for (timeout, isLinked) in forms {
                await journal.note {
                    _ = try await spawnStart(
                        receiving: Notice.self, timeout: timeout, options: SpawnOptions(isLinked: isLinked)
                    ) { (_, _: StartAcknowledgement<Int>) in throw Broken("too early") }
                }
            }
            await journal.note {
                _ = try await spawnStart(receiving: Notice.self) { (_, _: StartAcknowledgement<Int>) in }
            }
            await journal.note {
                _ = try await spawnStart(receiving: Notice.self) { (_, _: StartAcknowledgement<Int>) in
                    throw StartSignal.ignore
                }
            }
            journal.note("\(try await me.leftovers())")
        }
        let failure = ["report process (error: too early)", "failed (error: too early)"]
        #expect(lines == failure + failure + failure + failure + ["failed (normal)", "ignored", "[]"])
    }

    @Test("a linked start that fails ends a starter that does not trap exits")
    func failureEndsStarter() throws {
        let lines = try played { me, journal in
            let starter = spawn { _ in
                _ = try? await spawnStart(
                    receiving: Notice.self, options: SpawnOptions(isLinked: true)
                ) { (_, _: StartAcknowledgement<Int>) in throw Exit(.shutdown) }
                try Task.checkCancellation()
                journal.note("not reached")
            }
            journal.note("\(String(describing: await starter.waitForEnd()))")
        }
        #expect(lines == ["Optional(shutdown)"])
    }

    @Test("a name of a special process: registered before its body, refused when taken, free after a failure")
    func names() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            let name: ServerName<PlainBehavior<Notice>> = "special"
            let (process, hasName) = try await spawnStart(receiving: Notice.self, name: name) { its, started in
                started(name.whereIs()?.pid == its.pid)
                _ = try await its.receive()
            }
            journal.note("\(hasName)")
            await journal.note {
                _ = try await spawnStart(
                    receiving: Notice.self, name: name, options: SpawnOptions(isLinked: true)
                ) { (_, started: StartAcknowledgement<Int>) in started(1) }
            }
            process.send(.text("go"))
            _ = await process.waitForEnd()
            await journal.note {
                _ = try await spawnStart(receiving: Notice.self, name: name) { (_, _: StartAcknowledgement<Int>) in }
            }
            journal.note("free \(name.whereIs() == nil), \(try await me.leftovers())")
        }
        #expect(lines == ["true", "alreadyStarted", "failed (normal)", "free true, []"])
    }

    @Test("a name whose holder is ending is waited for, as long as the start may take")
    func nameOfTheEnding() throws {
        let lines = try played { me, journal in
            let name: ServerName<PlainBehavior<Notice>> = "special"
            func start(_ timeout: Duration?) async throws -> Int {
                try await spawnStart(receiving: Notice.self, name: name, timeout: timeout) { its, started in
                    try await its.sleep(for: .seconds(1))
                    started(7)
                    _ = try? await its.receive()
                    // It has been asked to end, and takes its time.
                    let latch = Latch()
                    spawn { timer in
                        try await timer.sleep(for: .seconds(4))
                        latch.open()
                    }
                    await latch.wait()
                }.value
            }
            journal.note("\(try await start(nil))")
            name.sendExit(.shutdown)
            var before = me.node.now
            await journal.note { try await start(.seconds(2)) }
            journal.note("after \(me.node.now - before)")
            before = me.node.now
            await journal.note { try await start(.seconds(4)) }
            journal.note("after \(me.node.now - before)")
            name.sendExit(.shutdown)
            // Of the time that it may take, three seconds are left when the name is free.
            await journal.note { try await start(.milliseconds(4500)) }
            await journal.note { try await start(.seconds(60)) }
        }
        #expect(
            lines == ["7", "alreadyStarted", "after 2.0 seconds", "7", "after 3.0 seconds", "timeout", "7"])
    }

    @Test("parent and ancestors of a special process")
    func lineage() throws {
        let virtual = VirtualNode()
        let (mine, parents) = try virtual.run { me in
            (
                me.pid,
                try await spawnStart(receiving: Notice.self) { its, started in started(its.context.ancestors) }.value
            )
        }
        #expect(parents == [mine])
    }

    @Test("SP-043 a special process is stopped as a server is: its receive throws, and it cleans up")
    func stop() throws {
        let lines = try played { me, journal in
            let process = try await spawnStart(receiving: Notice.self) { its, started in
                started()
                do { _ = try await its.receive() } catch {
                    journal.note("clean-up")
                    throw error
                }
            }.process
            await journal.note("stop") { try await process.server.stop(reason: .shutdown) }
            journal.note("alive \(process.isAlive)")
            await journal.note("again") { try await process.server.stop() }
        }
        #expect(lines == ["clean-up", "stop: ok", "alive false", "again: noProcess"])
    }

    @Test(
        "SP-044 a special process whose clean-up fails ends with that, and whoever stops it is told", arguments: 0..<3)
    func failingCleanUp(how: Int) throws {
        let lines = try played { me, journal in
            let process = try await spawnStart(receiving: Notice.self) { its, started in
                started()
                do { _ = try await its.receive() } catch { throw Broken("clean-up") }
            }.process
            switch how {
            case 0: await journal.note("stop") { try await process.stop() }
            case 1:
                try await SystemControl.terminate(process.server, reason: .shutdown)
                journal.note("\(String(describing: await process.waitForEnd()))")
            default:
                // What an exit signal asks for happens, whatever the body makes of it.
                process.sendExit(.shutdown)
                journal.note("\(String(describing: await process.waitForEnd()))")
            }
        }
        let report = "report process (error: clean-up)"
        let expected = [
            [report, "stop: exited (error: clean-up)"], [report, "Optional(error: clean-up)"], ["Optional(shutdown)"],
        ]
        #expect(lines == expected[how])
    }

    @Test("SP-043 a special process that is killed, or ends otherwise, while it takes its leave: the stop says so")
    func endsOtherwise() throws {
        let lines = try played { me, journal in
            for isKilled in [true, false] {
                let process = try await spawnStart(receiving: Notice.self) { its, started in
                    started()
                    do { _ = try await its.receive() } catch {
                        if isKilled { its.sendExit(.kill, to: its.pid) }
                        throw Exit(.shutdown(detail: "otherwise"))
                    }
                }.process
                await journal.note("stop") { try await process.stop() }
            }
        }
        #expect(lines == ["stop: exited (killed)", "stop: exited (shutdown: otherwise)"])
    }

    @Test("whoever has been stopped may call others while it cleans up; a signal changes nothing then, a kill does")
    func callsInCleanUp() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            for signal in [ExitSignal.shutdown, .kill] {
                let process = try await spawnStart(receiving: Notice.self) { its, started in
                    started()
                    do { _ = try await its.receive() } catch {
                        its.sendExit(signal, to: its.pid)
                        await journal.note("clean-up") { try await server.call { .ping($0) } }
                    }
                }.process
                await journal.note("stop") { try await process.stop(reason: .shutdown(detail: "done")) }
            }
        }
        #expect(
            lines == ["clean-up: pong", "stop: ok", "stop: exited (killed)", "clean-up: killed"]
                || lines == ["clean-up: pong", "stop: ok", "clean-up: killed", "stop: exited (killed)"])
    }

    @Test("SP-048 a special process is stopped by its local name, which is free then")
    func stopByName() throws {
        let lines = try played { me, journal in
            let name: ServerName<PlainBehavior<Notice>> = "to stop"
            let process = try await spawnStart(receiving: Notice.self, name: name) { its, started in
                started()
                _ = try await its.receive()
            }.process
            await journal.note("stop") { try await name.stop() }
            journal.note("free \(name.whereIs() == nil), alive \(process.isAlive)")
            await journal.note("again") { try await name.stop() }
        }
        #expect(lines == ["stop: ok", "free true, alive false", "again: noProcess"])
    }

    @Test("a linked special start of a server that ends before it is ready leaves no exit; one that ends after it does")
    func serverCrash() throws {
        let lines = try played { me, journal in
            me.trapExits { .exit($0) }
            for isReady in [false, true] {
                await journal.note {
                    _ = try await Subject.spawnStart(isLinked: true) { (_, started: StartAcknowledgement<Int>) in
                        if isReady { started(1) }
                        throw Broken("too early")
                    }
                }
                journal.note("\(try await me.leftovers())")
            }
        }
        #expect(
            lines.filter { !$0.hasPrefix("report") } == [
                "failed (error: too early)", "[]", "ok", #"["EXIT (error: too early)"]"#,
            ])
    }
}
