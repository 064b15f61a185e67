import OTP
import OTPTestKit
import Testing

@Suite struct RegistrationTests {
    private typealias Name = ServerName<PlainBehavior<Int>>

    private static func idle() -> ProcessRef<Int> {
        spawn(receiving: Int.self) { me in while true { _ = try await me.receive() } }
    }

    @Test("PR-099 no name for the dead, no empty name, none twice; and a call to a name that nobody has fails")
    func badNames() throws {
        let codes = try staged { me in
            var codes: [String] = []
            func code(_ body: () throws -> Void) {
                do { try body(); codes.append("done") } catch let error as NameError {
                    switch error.code {
                    case .taken: codes.append("taken")
                    case .noProcess: codes.append("no process")
                    case .empty: codes.append("empty")
                    case .unknown, .notRegistered, .unusable: codes.append("unknown")
                    }
                } catch { codes.append("\(error)") }
            }
            let process = Self.idle()
            let dead = spawn(receiving: Int.self) { _ in }
            _ = await dead.waitForEnd()
            code { try Name("dead").register(dead) }
            code { try Name("").register(process) }
            code { try Name("twice").register(process) }
            code { try Name("twice").register(Self.idle()) }
            code { try Name("twice").register(process) }
            code { try Name("nobody").unregister() }
            code { try Name("twice").unregister() }
            Name("nobody").send(1)
            do { _ = try await ServerName<Counter>("nobody").call { .value($0) } } catch let error as CallError {
                if case .noProcess = error.code { codes.append("call: no process") }
            }
            codes.append("\(Name("dead").whereIs() == nil)")
            return codes
        }
        #expect(
            codes == [
                "no process", "empty", "done", "taken", "taken", "unknown", "done", "call: no process", "true",
            ])
    }

    @Test("PR-100 the name of a killed process can be given away at once, round after round")
    func nameOfTheKilled() async throws {
        let name = Name("otp 8099")
        let wrong = try await onThreads { _ in
            for round in 0..<20_000 {
                let process = Self.idle()
                try name.register(process)
                let found = name.whereIs()
                guard found?.pid == process.pid else {
                    return
                        "round \(round): \(process) found as \(found.map { "\($0)" } ?? "nobody"), alive \(process.isAlive)"
                }
                if round & 1 == 1 { try name.unregister() }
                process.sendExit(.kill)
                if let left = name.whereIs() { return "round \(round): \(process) left as \(left)" }
            }
            return ""
        }
        #expect(wrong == "")
    }

    @Test("PR-101 the name of a dying process is free only when what it owns is released")
    func resourcesFirst() throws {
        let name = Name("otp 6237")
        let result = try staged { me in
            let ref = me.ref
            let owner = spawn(receiving: Int.self) { owner in
                owner.whenEnded { _ in ref.send(.text("released, name \(name.whereIs() == nil ? "free" : "held")")) }
                owner.send(1, after: .seconds(5))
                while true { _ = try await owner.receive() }
            }
            try name.register(owner)
            try await me.sleep(for: .seconds(1))
            let monitor = me.watch(owner.pid)
            owner.sendExit(.reason(.failure("end")))
            _ = try await me.nextDown(monitor)
            return (try await me.nextText(), name.whereIs() == nil)
        }
        #expect(result.0 == "released, name held")
        #expect(result.1)
    }

    @Test("PR-102, PR-103 a process without a name has none, a dead one is not known, a named one tells its names")
    func names() throws {
        let result = try staged { me in
            let process = Self.idle()
            let none = me.node.snapshot(of: process.pid)?.names
            try Name("named").register(process)
            try Name("twice named").register(process)
            let names = me.node.snapshot(of: process.pid)?.names
            process.sendExit(.kill)
            return (none, names, me.node.snapshot(of: process.pid)?.names)
        }
        #expect(result.0 == [])
        #expect(result.1 == ["named", "twice named"])
        #expect(result.2 == nil)
    }

    @Test("PR-104 a global name: given once, looked up, taken over, reached, set free")
    func global() throws {
        let name = Name.global("global")
        let result = try staged { me in
            let ref = me.ref
            func echo(_ tag: String) -> ProcessRef<Int> {
                spawn(receiving: Int.self) { me in
                    while true { ref.send(.text("\(tag) \(try await me.receive())")) }
                }
            }
            let (first, second) = (echo("first"), echo("second"))
            try name.register(first)
            var isRefused = false
            do { try name.register(second) } catch { isRefused = true }
            let found = name.whereIs()?.pid == first.pid && Name("global").whereIs() == nil
            name.send(1)
            let one = try await me.nextText()
            try name.register(second, replacing: true)
            let moved = name.whereIs()?.pid == second.pid
            name.send(2)
            let two = try await me.nextText()
            try name.unregister()
            return ([isRefused, found, moved, name.whereIs() == nil, first.isAlive, second.isAlive], [one, two])
        }
        #expect(result.0 == [true, true, true, true, true, true])
        #expect(result.1 == ["first 1", "second 2"])
    }

    @Test("local and global names are listed apart, and shown apart where a process tells all its names")
    func listed() throws {
        let result = try staged { me in
            let (first, second) = (Self.idle(), Self.idle())
            try Name("same").register(first)
            try Name.global("same").register(second)
            try Name.global("another").register(first)
            let (local, global) = (me.node.registeredNames, me.node.globalNames)
            let right =
                local.map(\.name) == ["same"] && local.map(\.pid) == [first.pid]
                && global.map(\.name) == ["another", "same"] && global.map(\.pid) == [first.pid, second.pid]
            let names = [first, second].map { me.node.snapshot(of: $0.pid)?.names }
            return (right, names, try await SystemControl.status(of: second).names)
        }
        #expect(result.0)
        #expect(result.1 == [["same", "global another"], ["global same"]])
        #expect(result.2 == ["global same"])
    }

    @Test("PR-112 a process that has lost its name to another has nothing to do with it any more")
    func formerHolder() throws {
        let name = Name.global("moved on")
        let result = try staged { me in
            let (old, new) = (Self.idle(), Self.idle())
            try name.register(old)
            try name.register(new, replacing: true)
            let names = me.node.snapshot(of: old.pid)?.names
            old.sendExit(.kill)
            let stays = name.whereIs()?.pid == new.pid
            new.sendExit(.kill)
            return (names, stays, name.whereIs() == nil)
        }
        #expect(result.0 == [])
        #expect(result.1)
        #expect(result.2)
    }

    @Test("PR-099 a name that a dead process is to take over stays with who has it")
    func replacedByTheDead() throws {
        let result = try staged { me in
            let book = Phonebook()
            let names = [Name("taken over"), .global("taken over"), .via(book, "taken over")]
            var kept: [Bool] = []
            for name in names {
                let (living, dead) = (Self.idle(), spawn(receiving: Int.self) { _ in })
                _ = await dead.waitForEnd()
                try name.register(living)
                do throws(NameError) {
                    try name.register(dead, replacing: true)
                } catch {
                    if case .noProcess = error.code { kept.append(name.whereIs()?.pid == living.pid) }
                }
            }
            return kept
        }
        #expect(result == [true, true, true])
    }

    @Test("what its user gave no name is shown with none, and found by its value all the same")
    func unnamed() throws {
        let result = try staged { me in
            let (first, second) = (DynamicSupervisor(), DynamicSupervisor())
            let (tasks, carts) = (TaskSupervisor(), PartitionSupervisor(partitions: 2) { _, _ in Counter() })
            let refs = [
                try await first.startLink(me), try await second.startLink(me), try await tasks.startLink(me),
                try await carts.startLink(me),
            ]
            try Name("a name of its own").register(Self.idle())
            let cart = try #require(carts[0].whereIs())
            let shown =
                [me.node.registeredNames.map(\.name)]
                + (refs.map(\.pid) + [cart.pid]).map { me.node.snapshot(of: $0)?.names ?? ["gone"] }
                + [try await SystemControl.status(of: cart).names]
            let found = [first.ref?.pid, second.ref?.pid, tasks.ref?.pid, carts.ref?.pid] == refs.map(\.pid)
            // The same in each run: no number that counts what the whole program has made.
            return (shown, found, ["\(carts[0])", "\(carts[1])"])
        }
        #expect(result.0 == [["a name of its own"], [], [], [], [], [], []])
        #expect(result.1)
        #expect(result.2 == ["partition 0 of Counter", "partition 1 of Counter"])
    }
}
