import OTP
import OTPTestKit
import Synchronization

/// What the processes of these tests tell each other.
enum Letter: Sendable {
    case exit(ExitMessage)
    case down(DownMessage)
    case text(String)
    case number(Int)
    case tagged(String, DownMessage)
    case left(Int, Duration?)
}

/// A reason of our own, as large as one likes.
struct Mishap: Error, Hashable {
    var text: String
    var payload: [Int] = []
    init(_ text: String, payload: [Int] = []) {
        self.text = text
        self.payload = payload
    }
}

extension ExitReason {
    var failure: Mishap? { if case .error(let error) = self { error as? Mishap } else { nil } }
    var wasKilled: Bool { if case .killed = self { true } else { false } }
    var wasKill: Bool { if case .kill = self { true } else { false } }
    var foundNobody: Bool { if case .noProcess = self { true } else { false } }

    static func failure(_ text: String) -> ExitReason { .error(Mishap(text)) }
}

extension PlainProcess where Message == Letter {
    func trap() { trapExits { .exit($0) } }
    func watch(_ pid: PID) -> MonitorRef { monitor(pid) { .down($0) } }

    nonisolated(nonsending) func nextExit() async throws -> ExitMessage {
        try await receive { if case .exit(let message) = $0 { message } else { nil } }
    }

    nonisolated(nonsending) func nextDown(_ monitor: MonitorRef? = nil) async throws -> DownMessage {
        try await receive {
            if case .down(let message) = $0, monitor == nil || message.monitor == monitor { message } else { nil }
        }
    }

    nonisolated(nonsending) func nextText() async throws -> String {
        try await receive { if case .text(let text) = $0 { text } else { nil } }
    }

    nonisolated(nonsending) func nextNumber() async throws -> Int {
        try await receive { if case .number(let number) = $0 { number } else { nil } }
    }

    /// Whether nothing is in the mailbox.
    nonisolated(nonsending) func hasNothing() async throws -> Bool { try await receive(within: .zero) == nil }
}

/// A node of these tests alone, with threads, whose many crashes are nobody's business.
let threadedNode = {
    let node = Node(name: "kernel tests")
    node.silence()
    return node
}()

/// Runs a scene as a process of a node with threads, on all its workers.
func onThreads<Value: Sendable>(
    of node: Node = threadedNode, _ scene: @escaping @Sendable (PlainProcess<Letter>) async throws -> Value
) async throws -> Value {
    let outcome = Mutex<Result<Value, any Error>?>(nil)
    let process = node.spawn(receiving: Letter.self) { me in
        do {
            let value = try await scene(me)
            outcome.withLock { $0 = .success(value) }
        } catch {
            outcome.withLock { $0 = .failure(error) }
        }
    }
    let reason = await process.waitForEnd()
    return try (outcome.withLock { $0 } ?? .failure(Exit(reason ?? .noProcess))).get()
}

/// Runs a scene as a process of a node under a virtual clock.
func staged<Value: Sendable>(
    seed: UInt64 = 1, _ scene: @escaping @Sendable (PlainProcess<Letter>) async throws -> Value
) throws -> Value {
    try VirtualNode(seed: seed).run(receiving: Letter.self, scene)
}
