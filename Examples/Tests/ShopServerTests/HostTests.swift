import Logging
import OTP
import OTPIntegrations
import Testing

@testable import ShopServer

@Suite(.timeLimit(.minutes(1))) struct HostTests {
    /// A host of a process that never ends by itself, whatever it is told, and that nobody but the host ever kills.
    private static func running(_ further: Duration) async throws -> (host: Host, run: Task<Void, any Error>) {
        let (begins, began) = AsyncStream.makeStream(of: Void.self)
        let stuck = ChildSpec.process("stuck", shutdown: .infinity) { _ in
            began.yield()
            await Forever.wait()
        }
        let tree = Supervisor(.oneForOne) { stuck }
        let logger = Logger(label: "host") { _ in SwiftLogNoOpLogHandler() }
        let host = Host(tree, logger, ShutdownDeadlines(first: nil, further: further))
        let run = Task { try await host.run() }
        _ = await begins.first { _ in true }
        return (host, run)
    }

    @Test("Cancelled right after the shutdown, the second request is not lost: it ends who would never end")
    func hurried() async throws {
        for _ in 0..<20 {
            let (host, run) = try await Self.running(.milliseconds(1))
            await host.shutDown()
            run.cancel()
            _ = await run.result
        }
    }

    @Test("A shutdown by a task that is itself cancelled is one all the same") func byACancelledTask() async throws {
        let (host, run) = try await Self.running(.milliseconds(1))
        await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            await host.shutDown()
        }.value
        run.cancel()
        _ = await run.result
    }

    @Test("Of a host that has ended the shutdown returns") func ended() async throws {
        let tree = Supervisor(.oneForOne) {}
        let host = Host(tree, Logger(label: "host") { _ in SwiftLogNoOpLogHandler() })
        let run = Task { try await host.run() }
        run.cancel()
        _ = await run.result
        await host.shutDown()
    }
}
