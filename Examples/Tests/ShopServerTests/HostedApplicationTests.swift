import DrillClient
import Hummingbird
import Logging
import OTP
import OTPIntegrations
import ServiceLifecycle
import Synchronization
import Testing

/// Hummingbird as a child of a supervisor, without anything of the shop.
private final class Site: Sendable {
    let port: Int
    let isSlow = Gate()
    private let starting = Mutex(AsyncStream<Void> { $0.finish() })

    init(port: Int) { self.port = port }

    /// One that is running, on a port that no connection of this machine gets by chance while nobody listens there.
    static func start(
        restarts: Supervisor.Restarts = .atMost(3, in: .seconds(5))
    ) async throws -> (site: Site, supervisor: SupervisorRef) {
        for _ in 0..<20 {
            let site = Site(port: Int.random(in: 20_000..<30_000))
            let tree = Supervisor(.oneForOne, restarts: restarts) { site.child }
            if let supervisor = try? await tree.start() { return (site, supervisor) }
        }
        throw NoAnswer.refused
    }

    var child: ChildSpec {
        .service(
            "web", whenKilled: .shutDownGracefully(within: .seconds(5)),
            ready: {
                guard await self.starting.withLock(\.self).first(where: { _ in true }) != nil else {
                    throw CancellationError()
                }
            }
        ) {
            let (starting, started) = AsyncStream.makeStream(of: Void.self)
            self.starting.withLock { $0 = starting }
            let router = Router()
            router.get("/") { _, _ in "here" }
            router.get("/slow") { _, _ in
                await self.isSlow.pass()
                return "done"
            }
            return Application(
                responder: router.buildResponder(),
                configuration: .init(address: .hostname("127.0.0.1", port: self.port)),
                onServerRunning: { _ in started.yield() },
                logger: Logger(label: "site") { _ in SwiftLogNoOpLogHandler() })
        }
    }

    func answer() async throws -> String {
        let client = try await HTTPConnection.open(port: port)
        defer { client.close() }
        return try await client.send("GET", "/", within: .seconds(10)).body
    }
}

/// Lets one through when it is opened, and says when somebody has come.
private final class Gate: Sendable {
    private let arrivals = AsyncStream.makeStream(of: Void.self)
    private let openings = AsyncStream.makeStream(of: Void.self)

    func pass() async {
        arrivals.continuation.yield()
        _ = await openings.stream.first { _ in true }
    }

    func somebodyIsThere() async { _ = await arrivals.stream.first { _ in true } }
    func open() { openings.continuation.yield() }
}

@Suite(.timeLimit(.minutes(2))) struct HostedApplicationTests {
    @Test("Killed again and again under load, Hummingbird serves again on its port each time") func killed()
        async throws
    {
        let (site, supervisor) = try await Site.start(restarts: .atMost(100, in: .seconds(1)))
        #expect(try await site.answer() == "here")
        // Connections come in at every moment, also at that of the kill.
        let load = (0..<4).map { _ in
            Task { while !Task.isCancelled { _ = try? await site.answer() } }
        }
        for _ in 0..<10 {
            let before = try #require(try await supervisor.pid(of: "web"))
            Node.current.sendExit(.kill, to: before)
            while try await supervisor.pid(of: "web").map({ $0 == before }) ?? true { await Task.yield() }
            #expect(try await site.answer() == "here")
        }
        for task in load {
            task.cancel()
            await task.value
        }
        try await supervisor.stop()
        await #expect(throws: NoAnswer.self) { try await site.answer() }
    }

    @Test("Stopped, it answers what it has taken and takes nothing more") func graceful() async throws {
        let (site, supervisor) = try await Site.start()
        let client = try await HTTPConnection.open(port: site.port)
        async let answer = client.send("GET", "/slow", within: .seconds(60))
        await site.isSlow.somebodyIsThere()
        let stopping = Task { try await supervisor.stop() }
        while let probe = try? await HTTPConnection.open(port: site.port) { probe.close() }
        site.isSlow.open()
        #expect(try await answer.body == "done")
        try await stopping.value
    }

    @Test(
        "A tree in a service group answers what it has taken before it ends, asked gently or cancelled",
        arguments: [false, true])
    func hosted(isCancelled: Bool) async throws {
        let site = Site(port: Int.random(in: 20_000..<30_000))
        let (states, started) = AsyncStream.makeStream(of: Void.self)
        let tree = Supervisor(.oneForOne) {
            site.child
            // Starts when the site is ready.
            ChildSpec.process("last", restart: .temporary) { _ in started.yield() }
        }
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: tree)], logger: Logger(label: "group")))
        let running = Task { try await group.run() }
        _ = await states.first { _ in true }
        let client = try await HTTPConnection.open(port: site.port)
        async let answer = client.send("GET", "/slow", within: .seconds(60))
        await site.isSlow.somebodyIsThere()
        if isCancelled { running.cancel() } else { await group.triggerGracefulShutdown() }
        while let probe = try? await HTTPConnection.open(port: site.port) { probe.close() }
        site.isSlow.open()
        #expect(try await answer.body == "done")
        _ = await running.result
        await #expect(throws: NoAnswer.self) { try await site.answer() }
    }

    @Test("A port that is taken is a failed start") func taken() async throws {
        let (site, supervisor) = try await Site.start()
        await #expect(throws: SupervisorError.self) {
            try await Supervisor(.oneForOne) { Site(port: site.port).child }.start()
        }
        #expect(try await site.answer() == "here")
        try await supervisor.stop()
    }
}
