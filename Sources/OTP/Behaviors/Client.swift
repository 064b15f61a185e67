/// Finds out who asked for the answer to a message, for reports.
enum Client {
    /// The caller of the first reply in a call.
    static func of<S: GenServer>(_ message: ServerMessage<S>) -> PID? {
        guard case .call(let call) = message else { return nil }
        return caller(in: call)
    }

    static func caller(in value: Any, depth: Int = 4) -> PID? {
        if let reply = value as? any KnowsClient { return reply.client }
        guard depth > 0 else { return nil }
        for child in Mirror(reflecting: value).children {
            if let caller = caller(in: child.value, depth: depth - 1) { return caller }
        }
        return nil
    }
}

/// A reply of whatever type.
private protocol KnowsClient {
    var client: PID? { get }
}

extension Reply: KnowsClient {}
