#if ServiceLifecycle
    import Logging
    import OTP
    import OTPIntegrations
    import ServiceLifecycle
    import Testing

    @Suite(.timeLimit(.minutes(2))) struct TreeServiceTests {
        private let journal = Journal()
        private let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

        private func group(_ services: any Service...) -> ServiceGroup {
            ServiceGroup(configuration: .init(services: services.map { .init(service: $0) }, logger: logger))
        }

        /// Three servers, the last two in a branch.
        private var tree: Supervisor {
            Supervisor(.oneForOne) { [journal] in
                Member.child("a") { await Member("a", journal) }
                Supervisor("branch", .oneForOne) {
                    Member.child("b") { await Member("b", journal) }
                    Member.child("c") { await Member("c", journal) }
                }
            }
        }

        private let inOrder = [
            "a started", "b started", "c started", "c ending", "c ended", "b ending", "b ended", "a ending", "a ended",
        ]

        @Test func `graceful shutdown ends the children in reverse order, each fully`() async throws {
            let group = group(tree)
            async let run: Void = group.run()
            await journal.wait(for: "c started")
            await group.triggerGracefulShutdown()
            try await run
            #expect(await journal.entries == inOrder)
        }

        @Test func `cancellation ends the children in reverse order, each fully`() async throws {
            let tree = tree
            let run = Task { try await tree.run() }
            await journal.wait(for: "c started")
            run.cancel()
            try await run.value
            #expect(await journal.entries == inOrder)
        }

        @Test func `cancellation of a service group does so as well`() async throws {
            let group = group(tree)
            let run = Task { try await group.run() }
            await journal.wait(for: "c started")
            run.cancel()
            _ = await run.result
            #expect(await journal.entries == inOrder)
        }

        /// A group that was told to shut down before it runs lets its services begin and tells them at once.
        @Test func `a shutdown before the run leaves nothing running`() async throws {
            let group = group(tree)
            await group.triggerGracefulShutdown()
            try? await group.run()
            let entries = await journal.entries
            let started = entries.filter { $0.hasSuffix(" started") }.map { $0.prefix(1) }
            #expect(entries.filter { $0.hasSuffix(" ended") }.map { $0.prefix(1) } == started.reversed())
        }

        @Test func `a cancellation before the run lets nothing start`() async throws {
            let tree = tree
            let run = Task {
                while !Task.isCancelled { await Task.yield() }
                try await tree.run()
            }
            run.cancel()
            try await run.value
            #expect(await journal.entries == [])
        }

        @Test(arguments: [false, true])
        func `a request during the start undoes what had started`(isCancelled: Bool) async throws {
            let tree = Supervisor(.oneForOne) { [journal] in
                Member.child("a") { await Member("a", journal) }
                Member.child("slow") {
                    await journal.note("slow begins")
                    try await Task.sleep(for: .seconds(3600))
                    return await Member("slow", journal)
                }
                Member.child("c") { await Member("c", journal) }
            }
            let group = group(tree)
            let run = Task { try await group.run() }
            await journal.wait(for: "slow begins")
            if isCancelled { run.cancel() } else { await group.triggerGracefulShutdown() }
            _ = await run.result
            #expect(await journal.entries == ["a started", "slow begins", "a ending", "a ended"])
        }

        @Test func `a root that gives up makes the run throw`() async throws {
            let tree = Supervisor(.oneForOne, restarts: .atMost(1, in: .seconds(60))) { [journal] in
                Member.child("a") { await Member("a", journal) }
                Member.child("b") { me in
                    me.send(.fail)
                    return await Member("b", journal)
                }
            }
            let error = await #expect(throws: SupervisorError.self) { try await group(tree).run() }
            #expect({ if case .restartLimit(1, .seconds(60), _) = error?.code { true } else { false } }())
            #expect(await journal.entries.count { $0 == "b started" } == 2)
            #expect(await journal.entries.last == "a ended")
        }

        @Test func `a start that fails makes the run throw, after what had started has ended`() async throws {
            struct Wrong: Error {}
            let tree = Supervisor(.oneForOne) { [journal] in
                Member.child("a") { await Member("a", journal) }
                Member.child("b") { throw Wrong() }
            }
            let error = await #expect(throws: SupervisorError.self) { try await tree.run() }
            #expect({ if case .failedToStart(let cause) = error?.code { cause is Wrong } else { false } }())
            #expect(await journal.entries == ["a started", "a ending", "a ended"])
        }

        @Test func `auto-shutdown makes the run return`() async throws {
            let tree = Supervisor(.oneForOne, autoShutdown: .anySignificant) { [journal] in
                Member.child("a") { await Member("a", journal) }
                ChildSpec.process("job", restart: .transient, isSignificant: true) { _ in await journal.note("job done")
                }
            }
            try await TreeService(tree).run()
            #expect(await journal.entries.suffix(2) == ["a ending", "a ended"])
        }

        @Test func `a second request shortens the first`() async throws {
            let tree = Supervisor(.oneForOne) { [journal] in
                Member.child("a") { await Member("a", journal) }
                Member.child("b", shutdown: .infinity) { await Member("b", journal, ending: .never) }
            }
            let service = TreeService(tree, deadlines: ShutdownDeadlines(first: nil, further: .milliseconds(20)))
            let group = group(service)
            let run = Task { try await group.run() }
            await journal.wait(for: "b started")
            await group.triggerGracefulShutdown()
            await journal.wait(for: "b ending")
            run.cancel()
            _ = await run.result
            #expect(await journal.entries.contains("b ending"))
            #expect(await !journal.entries.contains("b ended"))
        }

        @Test func `the deadline of the tree caps the time of each child`() async throws {
            let tree = Supervisor(.oneForOne) { [journal] in
                Member.child("a") { await Member("a", journal) }
                Member.child("b", shutdown: .infinity) { await Member("b", journal, ending: .never) }
            }
            let service = TreeService(tree, deadlines: ShutdownDeadlines(first: .milliseconds(200)))
            let run = Task { try await service.run() }
            await journal.wait(for: "b started")
            run.cancel()
            try await run.value
            #expect(await journal.entries.contains("b ending"))
            #expect(await !journal.entries.contains("b ended"))
        }
    }
#endif
