public import OTP

/// Receipt mails: sent in the background, nobody waits for them, and one that fails is sent again. What still waits when
/// the program ends is lost; where that must not be, see ``JobQueue``.
public struct ReceiptMails: Sendable {
    /// Stands in a tree, before whatever sends mails.
    public let tasks = TaskSupervisor("receipt mails", maxChildren: 100, restarts: .atMost(10, in: .seconds(60)))
    private let deliver: @Sendable (_ order: Int) async throws -> Void

    public init(deliver: @escaping @Sendable (_ order: Int) async throws -> Void) { self.deliver = deliver }

    /// Returns when the mail is on its way; throws when a hundred are.
    public func send(order: Int) async throws {
        try await tasks.startChild(restart: .transient) { [deliver] in try await deliver(order) }
    }
}
