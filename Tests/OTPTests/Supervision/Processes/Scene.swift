import OTPTestKit
import Testing

@testable import OTP

/// What the process that plays a scene receives.
enum Note: Sendable {
    case exit(ExitMessage)
    case down(DownMessage)
    case text(String)
}

/// Plays a scene in a process that traps exits, on virtual nodes with different orders of events.
///
/// `#expect` cannot be used inside: a scene runs in a task of its own. What it checks, it throws.
func play(
    seeds: Range<UInt64> = 0..<4, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (Scene) async throws -> Void
) {
    for seed in seeds {
        #expect(throws: Never.self, "seed \(seed)", sourceLocation: sourceLocation) {
            let virtual = VirtualNode(seed: seed)
            try virtual.run(receiving: Note.self) { me in
                me.trapExits { .exit($0) }
                try await body(Scene(me: me))
            }
            try virtual.shutdown()
        }
    }
}

/// A check inside a scene that did not hold.
struct Unmet: Error, CustomStringConvertible {
    let description: String
}

func check(_ condition: Bool, _ text: @autoclosure () -> String = "", file: String = #fileID, line: Int = #line) throws
{
    if !condition { throw Unmet(description: "\(file):\(line): not so \(text())") }
}

func check<T: Equatable>(_ a: T, is b: T, file: String = #fileID, line: Int = #line) throws {
    if a != b { throw Unmet(description: "\(file):\(line): \(a) is not \(b)") }
}

func check(_ a: ExitReason, is b: ExitReason, file: String = #fileID, line: Int = #line) throws {
    if !a.isSame(as: b) { throw Unmet(description: "\(file):\(line): ended with \(a), not \(b)") }
}

func need<T>(_ value: T?, file: String = #fileID, line: Int = #line) throws -> T {
    guard let value else { throw Unmet(description: "\(file):\(line): nothing there") }
    return value
}

struct Scene {
    let me: PlainProcess<Note>

    /// Starts a supervisor with this process as its parent.
    func start(_ supervisor: Supervisor) async throws -> SupervisorRef { try await supervisor.startLink(me) }

    /// The reason of a linked process's end, waited for.
    func exit(of pid: PID, file: String = #fileID, line: Int = #line) async throws -> ExitReason {
        let reason = try await me.receive(within: .seconds(1000)) { note -> ExitReason? in
            if case .exit(let message) = note, message.pid == pid { message.reason } else { nil }
        }
        return try need(reason, file: file, line: line)
    }

    /// The reason with which whatever `body` starts ends this process's link, and the error that it throws.
    func failedStart(
        file: String = #fileID, line: Int = #line, _ body: () async throws -> SupervisorRef
    ) async throws -> (error: any Error, exit: ExitReason) {
        do {
            _ = try await body()
        } catch {
            let reason = try await me.receive(within: .seconds(1000)) { note -> ExitReason? in
                if case .exit(let message) = note { message.reason } else { nil }
            }
            return (error, try need(reason, file: file, line: line))
        }
        throw Unmet(description: "\(file):\(line): started")
    }

    /// Ends a process as if from outside and waits for its end; monitors see it after the supervisor does.
    @discardableResult func end(_ pid: PID, _ signal: ExitSignal) async throws -> ExitReason {
        let monitor = me.monitor(pid) { .down($0) }
        me.sendExit(signal, to: pid)
        return try await down(monitor)
    }

    /// Lets a worker end itself with `reason` and waits for its end.
    @discardableResult func exit(_ worker: PID, _ reason: ExitReason) async throws -> ExitReason {
        let monitor = me.monitor(worker) { .down($0) }
        let cell = try need(Node.cell(worker) as? BehaviorCell<Worker>)
        cell.ref.cast(.exit(reason))
        return try await down(monitor)
    }

    func watch(_ pid: PID) -> MonitorRef { me.monitor(pid) { .down($0) } }

    func down(_ monitor: MonitorRef, file: String = #fileID, line: Int = #line) async throws -> ExitReason {
        let reason = try await me.receive(within: .seconds(1000)) { note -> ExitReason? in
            if case .down(let message) = note, message.monitor == monitor { message.reason } else { nil }
        }
        return try need(reason, file: file, line: line)
    }

    /// The children of a supervisor as `a running`, `b restarting`.
    func list(_ supervisor: some SupervisorAddress) async throws -> [String] {
        try await supervisor.children().map { child in
            if case .running = child.phase { "\(child.id) running" } else { "\(child.id) \(child.phase)" }
        }
    }

    func counts(_ supervisor: some SupervisorAddress) async throws -> [Int] {
        let counts = try await supervisor.childCounts()
        return [counts.specs, counts.active, counts.supervisors, counts.workers]
    }

    func pid(_ id: ChildID, _ supervisor: some SupervisorAddress) async throws -> PID {
        try need(try await supervisor.pid(of: id))
    }

    /// Lets the node do what it can do without time passing.
    func settle() async throws { try await me.sleep(for: .nanoseconds(1)) }
}

/// Runs what is expected to be refused by a supervisor, and returns why.
func refusal(file: String = #fileID, line: Int = #line, _ body: () async throws -> Void) async throws
    -> SupervisorError.Code
{
    do { try await body() } catch let error as SupervisorError { return error.code }
    throw Unmet(description: "\(file):\(line): not refused")
}

extension SupervisorError.Code {
    /// The case without what it carries.
    var name: String { "\(self)".split(separator: "(").first.map(String.init) ?? "" }
}

/// What happened, in order, noted from anywhere.
final class Journal: Sendable {
    private let lines = LockedBox<[String]>([])

    func note(_ line: String) { lines.withLock { $0.append(line) } }

    /// What was noted since this was last asked.
    func take() -> [String] {
        lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }
}

/// How the next starts of a child go; works when nothing is said.
final class Switch: Sendable {
    enum Mode: Sendable { case works, fails, ignores }
    private let modes = LockedBox<[Mode]>([])
    private let otherwise = LockedBox<Mode>(.works)
    private let starts = LockedBox(0)

    var count: Int { starts.get() }

    func next(_ modes: Mode...) { self.modes.set(modes) }
    func always(_ mode: Mode) { otherwise.set(mode) }

    func start() throws {
        starts.withLock { $0 += 1 }
        switch modes.withLock({ $0.isEmpty ? otherwise.get() : $0.removeFirst() }) {
        case .works: return
        case .fails: throw Worker.Failure()
        case .ignores: throw StartSignal.ignore
        }
    }
}

/// Goes on when the task is cancelled.
func untilCancelled() async {
    for await _ in AsyncStream<Never>.makeStream().stream {}
}

/// Holds up who wants to pass until it is opened.
final class Gate: Sendable {
    private let stream = AsyncStream<Void>.makeStream()
    private let state = LockedBox((isOpen: false, waiting: [CheckedContinuation<Void, Never>]()))

    func open() {
        let waiting = state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
        stream.continuation.finish()
    }

    /// Returns also when the task is cancelled.
    func pass() async { for await _ in stream.stream {} }

    /// Waits whatever becomes of the task, and in that task: a task of its own would need a thread beside that of the
    /// virtual node.
    func passForSure() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}
