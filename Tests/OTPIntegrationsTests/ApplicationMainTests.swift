#if ServiceLifecycle
    import Foundation
    import OTP
    import OTPIntegrations
    import Testing
    import UnixSignals

    private let journal = Journal()

    private struct StorageApplication: OTPApplication {
        func start() -> Supervisor {
            Supervisor("storage", .oneForOne) { Member.child("file") { await Member("file", journal) } }
        }

        func stop() async { await journal.note("storage stopped") }
    }

    private struct ShopApplication: OTPApplication {
        static let hangs = EnvironmentKey<ShopApplication, Bool>("hangs")
        static var dependencies: [any OTPApplication.Type] { [StorageApplication.self] }

        func start() -> Supervisor {
            let ending: Member.Ending = Self.hangs.value == true ? .never : .soon
            return Supervisor("shop", .oneForOne) {
                Member.child("web", shutdown: .infinity) { await Member("web", journal, ending: ending) }
            }
        }
    }

    /// Programs of their own, that get real signals.
    @Suite(.serialized, .timeLimit(.minutes(2))) struct ApplicationMainTests {
        @Test func `a signal stops the applications, the last one first, and the program goes on`() async throws {
            let result = try #require(
                await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
                    let sender = Task {
                        await journal.wait(for: "web started")
                        kill(getpid(), SIGTERM)
                    }
                    try await ShopApplication.main()
                    await sender.value
                    let entries = await journal.entries
                    try #require(
                        entries == [
                            "file started", "web started", "web ending", "web ended", "file ending", "file ended",
                            "storage stopped",
                        ])
                    try #require(Node.current.applications.running.isEmpty)
                })
            #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains("SIGTERM: ending within 25"))
        }

        @Test func `a second signal shortens, and who had to be killed is named`() async throws {
            let result = try #require(
                await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
                    ShopApplication.hangs.put(true)
                    let sender = Task {
                        await journal.wait(for: "web started")
                        kill(getpid(), SIGINT)
                        await journal.wait(for: "web ending")
                        kill(getpid(), SIGTERM)
                    }
                    // Long enough that the tree, which is given nine tenths of it, says whom it kills before it is killed itself.
                    let deadlines = ShutdownDeadlines(first: .seconds(3600), further: .seconds(1))
                    let end = try await ShopApplication.runAsMain(deadlines: deadlines)
                    await sender.value
                    try #require(end.signals == [.sigint, .sigterm])
                    try #require(end.killed.map(\.path).first == "shop/web")
                    try #require(Node.current.applications.running.isEmpty)
                })
            #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains("killed: shop/web <"))
        }

        @Test func `the failure of an application ends the others, and is thrown`() async throws {
            await #expect(processExitsWith: .success) {
                let breaker = Task {
                    await journal.wait(for: "web started")
                    Node.current.sendExit(.kill, to: Node.current.applications.tree(of: StorageApplication.self)!.pid)
                }
                do {
                    try await ShopApplication.runAsMain(tell: { _ in })
                    throw CancellationError()
                } catch let error as ApplicationError {
                    try #require(error.application == ApplicationID(StorageApplication.self))
                    guard case .ended(.killed, _) = error.code else { throw error }
                }
                await breaker.value
                try #require(Node.current.applications.running.isEmpty)
            }
        }
    }
#endif
