import Testing

@testable import OTP

/// Whether the code runs on the thread of another process than its own.
var isInline: Bool { KernelWorker.current?.pointee.inlineCell != nil }

/// Runs the code in a process of a node with one worker and waits for it to end as it should. No second one ever helps, also if
/// the system takes the processor away for long: what is alone on its node stays so.
func inProcessOfOneWorker(_ body: @escaping @Sendable (PlainProcess<Notice>) async throws -> Void) async throws {
    let node = Node(name: "inline", workers: 1)
    node.heldWorkerSubstitution = .zero
    node.silence()
    #expect(await node.spawn(receiving: Notice.self, body).waitForEnd()?.isSame(as: .normal) == true)
    await node.shutdown()
}
