#if ServiceLifecycle
    import Foundation
    import OTP
    import OTPIntegrations
    import Testing
    import UnixSignals

    /// Programs of their own, that get real signals.
    @Suite(.serialized, .timeLimit(.minutes(2))) struct MainTests {
        @Test func `a signal ends the tree in order and the program goes on`() async throws {
            let result = try #require(
                await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
                    let journal = Journal()
                    let tree = Supervisor(.oneForOne) {
                        Member.child("a") { await Member("a", journal) }
                        Member.child("b") { await Member("b", journal) }
                    }
                    let sender = Task {
                        await journal.wait(for: "b started")
                        kill(getpid(), SIGTERM)
                    }
                    let end = try await tree.runAsMain()
                    await sender.value
                    try #require(end.signals == [.sigterm])
                    try #require(end.killed == [])
                    let entries = await journal.entries
                    try #require(
                        entries == ["a started", "b started", "b ending", "b ended", "a ending", "a ended"])
                })
            #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains("SIGTERM: ending within 25"))
        }

        @Test func `a second signal shortens, and who had to be killed is named`() async throws {
            let result = try #require(
                await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
                    let journal = Journal()
                    let tree = Supervisor("shop", .oneForOne) {
                        Member.child("a") { await Member("a", journal) }
                        Supervisor("storage", .oneForOne) {
                            Member.child("stuck", shutdown: .infinity) {
                                await Member("stuck", journal, ending: .never)
                            }
                        }
                    }
                    let sender = Task {
                        await journal.wait(for: "stuck started")
                        kill(getpid(), SIGINT)
                        await journal.wait(for: "stuck ending")
                        kill(getpid(), SIGTERM)
                    }
                    let deadlines = ShutdownDeadlines(first: .seconds(3600), further: .milliseconds(20))
                    let end = try await tree.runAsMain(deadlines: deadlines)
                    await sender.value
                    try #require(end.signals == [.sigint, .sigterm])
                    // The time of the whole tree is over: what comes after it has none left.
                    try #require(end.killed.map(\.path).first == "shop/storage/stuck")
                })
            let text = String(decoding: result.standardErrorContent, as: UTF8.self)
            #expect(text.contains("had to be killed: shop/storage/stuck <"))
        }

        @Test func `a signal during the start undoes what had started`() async throws {
            await #expect(processExitsWith: .success) {
                let journal = Journal()
                let tree = Supervisor(.oneForOne) {
                    Member.child("a") { await Member("a", journal) }
                    Member.child("slow") {
                        await journal.note("slow begins")
                        try await Task.sleep(for: .seconds(3600))
                        return await Member("slow", journal)
                    }
                }
                let sender = Task {
                    await journal.wait(for: "slow begins")
                    kill(getpid(), SIGTERM)
                }
                let end = try await tree.runAsMain(tell: { _ in })
                await sender.value
                try #require(end.signals == [.sigterm])
                let entries = await journal.entries
                try #require(entries == ["a started", "slow begins", "a ending", "a ended"])
            }
        }

        @Test func `with the process-wide executor`() async throws {
            await #expect(processExitsWith: .success) {
                let journal = Journal()
                let tree = Supervisor(.oneForOne) {
                    Member.child("a") { await Member("a", journal) }
                    ChildSpec.service("s") { OnceService("s", journal) }
                }
                let sender = Task {
                    await journal.wait(for: "s runs")
                    kill(getpid(), SIGTERM)
                }
                try await tree.runAsMain(usesProcessWideExecutor: true, tell: { _ in })
                await sender.value
                try #require(ProcessWideExecutor.isInstalled)
                let entries = await journal.entries
                try #require(Set(entries) == ["a started", "s runs", "s shut down", "a ending", "a ended"])
            }
        }
    }
#endif
