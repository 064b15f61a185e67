import COTPRuntime
import Synchronization
import Testing

@testable import OTP

/// What the tests of supervisors' turns on the threads of those who ask have in common.
enum TurnScene {
    /// Runs the code in a process and waits for it to end as it should. With a limit, so that it fails where it is held
    /// up, and what holds it is let go.
    static func inProcess(_ body: @escaping @Sendable (PlainProcess<Never>) async throws -> Void) async throws {
        let process = node.spawn(receiving: Never.self, body)
        let end = await process.waitForEnd(timeout: .seconds(20))
        if end == nil { process.sendExit(.kill) }
        try #require(end?.isNormal == true, "\(end.shown)")
    }

    /// Some of its threads are held for a while.
    static let node = Node(name: "supervisor turns", workers: 8)

    /// Has been started and ended once: then it is known that the type has no handlers of its own.
    static func learn(_ children: DynamicSupervisor<Int, ServerRef<Child>>, _ number: Int = 0) async throws {
        try await children.terminateChild(try await children.startChild(number))
    }

    /// Waits for something that is to come about in a moment.
    static func soon(_ condition: () async throws -> Bool, _ location: SourceLocation = #_sourceLocation) async throws {
        let limit = ContinuousClock.now + .seconds(20)
        while try await !condition() {
            try #require(ContinuousClock.now < limit, sourceLocation: location)
            await Task.yield()
        }
    }

    static var inlinePID: PID? { KernelWorker.current?.pointee.inlineCell?._withUnsafeGuaranteedRef { $0.pid } }

    struct Unfit: Error, CustomStringConvertible {
        var description: String { "unfit" }
    }

    final class Seen: Sendable {
        private let noted = LockedBox<[String]>([])
        var lines: [String] { noted.withLock { $0 } }
        func note(_ line: String) { noted.withLock { $0.append(line) } }
    }

    /// Holds the thread that waits for it; gives up at last, so that a failure stops no other test.
    final class Flag: Sendable {
        private let isSet = Atomic<Bool>(false)
        var isRaised: Bool { isSet.load(ordering: .acquiring) }
        func set() { isSet.store(true, ordering: .releasing) }
        func await() {
            let limit = ContinuousClock.now + .seconds(30)
            while !isSet.load(ordering: .acquiring), ContinuousClock.now < limit { otp_relax(1_000) }
        }
        func wait() async { while !isSet.load(ordering: .acquiring) { await Task.yield() } }
    }

    /// Something whose end shows.
    final class Left: Sendable {
        private let end: @Sendable () -> Void
        init(_ end: @escaping @Sendable () -> Void) { self.end = end }
        deinit { end() }
    }

    /// Neither `handleStart` nor `terminate`.
    struct Child: GenServer {
        enum Call: Sendable { case number(Reply<Int>) }
        enum Cast: Sendable { case wait(Flag, Flag) }
        let number: Int
        let left: Left?

        init(_ number: Int, _ left: Left? = nil) {
            self.number = number
            self.left = left
        }

        mutating func handleCall(_ call: Call, _ me: Me) -> Next {
            switch call {
            case .number(let reply): reply(number)
            }
        }
        mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
            switch cast {
            case .wait(let isIn, let mayGo):
                isIn.set()
                mayGo.await()
            }
            return .receive
        }
    }
}
