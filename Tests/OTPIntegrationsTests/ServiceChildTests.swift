#if ServiceLifecycle
    import OTP
    import OTPIntegrations
    import ServiceLifecycle
    import Testing

    @Suite(.timeLimit(.minutes(2))) struct ServiceChildTests {
        private let journal = Journal()

        @Test func `a service that may run once only is made afresh at each restart`() async throws {
            let count = Count()
            let supervisor = try await Supervisor(.oneForOne) { [journal] in
                ChildSpec.service("once") {
                    let number = await count.next()
                    return OnceService(
                        "run \(number)", journal, number == 1 ? .failing(on: "break it") : .obeying)
                }
            }.start()
            await journal.wait(for: "run 1 runs")
            await journal.note("break it")
            await journal.wait(for: "run 2 runs")
            try await supervisor.stop()
            #expect(await journal.entries == ["run 1 runs", "break it", "run 2 runs", "run 2 shut down"])
        }

        @Test func `the next sibling starts when the service is ready`() async throws {
            let starting = Task { [journal] in
                try await Supervisor(.oneForOne) {
                    ChildSpec.service("database", ready: { await journal.wait(for: "ready") }) {
                        OnceService("database", journal)
                    }
                    Member.child("a") { await Member("a", journal) }
                }.start()
            }
            await journal.wait(for: "database runs")
            #expect(await journal.entries == ["database runs"])
            await journal.note("ready")
            let supervisor = try await starting.value
            #expect(await journal.entries == ["database runs", "ready", "a started"])
            try await supervisor.stop()
            #expect(await journal.entries.suffix(3) == ["a ending", "a ended", "database shut down"])
        }

        @Test func `a tree that ends before a service is ready shuts the service down gracefully`() async throws {
            let tree = Supervisor(.oneForOne) { [journal] in
                ChildSpec.service("database", ready: { await journal.wait(for: "never") }) {
                    OnceService("database", journal)
                }
            }
            let run = Task { try await tree.run() }
            await journal.wait(for: "database runs")
            run.cancel()
            _ = await run.result
            #expect(await journal.entries == ["database runs", "database shut down"])
            await journal.note("never")
        }

        @Test func `one that is killed before its service is ready cancels that`() async throws {
            let tree = Supervisor(.oneForOne) { [journal] in
                ChildSpec.service(
                    "database", startTimeout: .seconds(3), ready: { await journal.wait(for: "never") }
                ) { OnceService("database", journal) }
            }
            await #expect(throws: SupervisorError.self) { try await tree.start() }
            await journal.wait(for: "database cancelled")
            #expect(await journal.entries == ["database runs", "database cancelled"])
            await journal.note("never")
        }

        @Test func `a service that fails before it is ready is a failed start`() async throws {
            let error = await #expect(throws: SupervisorError.self) {
                try await Supervisor(.oneForOne) { [journal] in
                    Member.child("a") { await Member("a", journal) }
                    ChildSpec.service("bad", ready: { await journal.wait(for: "never") }) {
                        OnceService("bad", journal, .failing(on: "bad runs"))
                    }
                }.start()
            }
            #expect({ if case .failedToStart(let e) = error?.code { e is OnceService.Failure } else { false } }())
            #expect(await journal.entries == ["a started", "bad runs", "a ending", "a ended"])
            await journal.note("never")
        }

        @Test func `a service that returns before it is ready is a failed start as well`() async throws {
            let error = await #expect(throws: SupervisorError.self) {
                try await Supervisor(.oneForOne) { [journal] in
                    ChildSpec.service("bad", ready: { await journal.wait(for: "never") }) {
                        OnceService("bad", journal, .returning(on: "bad runs"))
                    }
                }.start()
            }
            #expect({ if case .failedToStart(let e) = error?.code { e is ServiceError } else { false } }())
            await journal.note("never")
        }

        @Test func `a condition that throws cancels the service and is a failed start`() async throws {
            struct NotReady: Error {}
            let error = await #expect(throws: SupervisorError.self) {
                try await Supervisor(.oneForOne) { [journal] in
                    ChildSpec.service(
                        "s",
                        ready: {
                            await journal.wait(for: "s runs")
                            throw NotReady()
                        }
                    ) { OnceService("s", journal) }
                }.start()
            }
            #expect({ if case .failedToStart(let e) = error?.code { e is NotReady } else { false } }())
            #expect(await journal.entries == ["s runs", "s cancelled"])
        }

        @Test func `a service that ignores its graceful shutdown is cancelled when its time is over`() async throws {
            let tree = Supervisor(.oneForOne) { [journal] in
                Member.child("a") { await Member("a", journal) }
                ChildSpec.service("deaf", shutdown: .within(.milliseconds(50))) {
                    OnceService("deaf", journal, .ignoring)
                }
            }
            let supervisor = try await tree.start()
            await journal.wait(for: "deaf runs")
            try await supervisor.stop()
            await journal.wait(for: "deaf cancelled")
            #expect(await journal.entries.contains("a ended"))
        }

        @Test func `a service that returns has ended normally: transient stays away, permanent comes again`()
            async throws
        {
            let count = Count()
            let supervisor = try await Supervisor(.oneForOne) { [journal] in
                ChildSpec.service("transient", restart: .transient) { OnceService("t", journal, .returning(on: "end")) }
                ChildSpec.service("permanent") {
                    let number = await count.next()
                    return OnceService("p\(number)", journal, number == 1 ? .returning(on: "end") : .obeying)
                }
            }.start()
            await journal.wait(for: "t runs")
            await journal.wait(for: "p1 runs")
            await journal.note("end")
            await journal.wait(for: "p2 runs")
            try await supervisor.stop()
            let entries = await journal.entries
            #expect(entries.count { $0 == "t runs" } == 1)
            #expect(entries.last == "p2 shut down", "\(entries)")
        }

        @Test func `a killed one is cancelled, and its successor waits until it has gone`() async throws {
            let count = Count()
            var spec = ChildSpec.service("s") { [journal] in
                let number = await count.next()
                return OnceService("s\(number)", journal, number == 1 ? .lingering(until: "leave") : .obeying)
            }
            spec.zombieGrace = .seconds(3600)
            let supervisor = try await Supervisor(.oneForOne) { [spec] in spec }.start()
            await journal.wait(for: "s1 runs")
            let pid = try #require(try await supervisor.pid(of: "s"))
            spawn { me in me.context.sendExit(.kill, to: pid) }
            await journal.wait(for: "s1 lingers")
            #expect(await !journal.entries.contains("s2 runs"))
            await journal.note("leave")
            await journal.wait(for: "s2 runs")
            try await supervisor.stop()
            #expect(await journal.entries == ["s1 runs", "s1 lingers", "leave", "s1 gone", "s2 runs", "s2 shut down"])
        }

        @Test func `a killed one that does not bear to be cancelled is shut down, and its successor waits for that`()
            async throws
        {
            let count = Count()
            let supervisor = try await Supervisor(.oneForOne) { [journal] in
                ChildSpec.service("s", whenKilled: .shutDownGracefully(within: nil)) {
                    OnceService("s\(await count.next())", journal)
                }
            }.start()
            await journal.wait(for: "s1 runs")
            let pid = try #require(try await supervisor.pid(of: "s"))
            spawn { me in me.context.sendExit(.kill, to: pid) }
            await journal.wait(for: "s2 runs")
            try await supervisor.stop()
            #expect(await journal.entries == ["s1 runs", "s1 shut down", "s2 runs", "s2 shut down"])
        }

        @Test func `a killed one that does not heed its graceful shutdown is cancelled after the time for that`()
            async throws
        {
            let count = Count()
            let supervisor = try await Supervisor(.oneForOne) { [journal] in
                ChildSpec.service("s", whenKilled: .shutDownGracefully(within: .milliseconds(50))) {
                    let number = await count.next()
                    return OnceService("s\(number)", journal, number == 1 ? .ignoring : .obeying)
                }
            }.start()
            await journal.wait(for: "s1 runs")
            let pid = try #require(try await supervisor.pid(of: "s"))
            spawn { me in me.context.sendExit(.kill, to: pid) }
            await journal.wait(for: "s2 runs")
            try await supervisor.stop()
            #expect(await journal.entries == ["s1 runs", "s1 cancelled", "s2 runs", "s2 shut down"])
        }

        @Test func `a tree that hosts a service is itself hosted`() async throws {
            let tree = Supervisor(.oneForOne) { [journal] in
                ChildSpec.service("inner") { OnceService("inner", journal) }
            }
            let run = Task { try await tree.run() }
            await journal.wait(for: "inner runs")
            run.cancel()
            try await run.value
            #expect(await journal.entries == ["inner runs", "inner shut down"])
        }
    }

    actor Count {
        private var value = 0
        func next() -> Int {
            value += 1
            return value
        }
    }
#endif
