/// A request that has been sent and whose response can be asked for: now, later or never.
///
/// Nothing raises because the server is missing or has ended: that is a response, too. When the last copy of the id is
/// dropped, the request is abandoned. Erlang: what `gen_server:send_request/2` returns.
public struct RequestID<Value: Sendable>: Sendable, Hashable {
    let box: RequestBox<Value>

    /// Waits for the response and, if it does not come in time, abandons the request: a late reply goes nowhere.
    /// Erlang: `gen_server:receive_response/2`.
    ///
    /// - Parameter timeout: How long to wait; nil: as long as it takes.
    /// - Returns: The reply, or why there is none: `.timeout`; `.abandoned` if it was given up before; as for a call
    ///   otherwise. Asking again gives the same response again.
    /// - Throws: `CancellationError` when the waiting task is cancelled, ``CallError`` when the waiting process has
    ///   been killed; the request is then still under way.
    public nonisolated(nonsending) func response(
        timeout: Duration? = .seconds(5)
    ) async throws -> Result<Value, CallError> {
        if let response = try await wait(timeout: timeout) { return response }
        if let outcome = box.abandon() { return outcome.result }
        return .failure(box.error(.timeout))
    }

    /// Waits for the response; if it does not come in time, the request stays under way and can be asked for again.
    /// Erlang: `gen_server:wait_response/2`.
    ///
    /// - Parameter timeout: How long to wait; nil: as long as it takes.
    /// - Returns: The reply, or why there is none; nil when the time is over first.
    /// - Throws: `CancellationError` when the waiting task is cancelled, ``CallError`` when the waiting process has
    ///   been killed.
    public nonisolated(nonsending) func wait(timeout: Duration? = .seconds(5)) async throws -> Result<Value, CallError>?
    {
        if let response = check() { return response }
        let gate = Gate()
        let observer = box.whenSettled { gate.open() }
        defer { box.forget(observer) }
        _ = try await gate.wait(timeout: timeout, node: box.node)
        return check()
    }

    /// Waits for the response until a point in time and, if it does not come by then, abandons the request; see
    /// ``response(timeout:)``. Erlang: `gen_server:receive_response/2` with `{abs, Time}`.
    ///
    /// - Parameter point: As ``Node/now`` of the server's node tells it; one that is past only looks whether the response is there.
    public nonisolated(nonsending) func response(until point: Duration) async throws -> Result<Value, CallError> {
        try await response(timeout: point - box.node.now)
    }

    /// Waits for the response until a point in time; the request stays under way, see ``wait(timeout:)``. Erlang:
    /// `gen_server:wait_response/2` with `{abs, Time}`.
    ///
    /// - Parameter point: As ``Node/now`` of the server's node tells it; one that is past only looks whether the response is there.
    public nonisolated(nonsending) func wait(until point: Duration) async throws -> Result<Value, CallError>? {
        try await wait(timeout: point - box.node.now)
    }

    /// The response, if it has come. Erlang: `gen_server:check_response/2`.
    public func check() -> Result<Value, CallError>? {
        if let outcome = box.outcome { return outcome.result }
        return box.isAbandoned ? .failure(box.error(.abandoned)) : nil
    }

    /// Gives the request up: a late reply goes nowhere.
    public func abandon() { box.abandon() }

    public static func == (a: RequestID, b: RequestID) -> Bool { a.box === b.box }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(box)) }
}

extension ServerAddress {
    /// Sends a request and does not wait; the response is asked for by the id. Erlang: `gen_server:send_request/2`.
    ///
    /// Never fails: without a process the response says so.
    /// - Parameter message: Makes the message around the reply. Runs a second time, with a reply that nobody waits
    ///   for, so that an error can name the request.
    public func sendRequest<Value: Sendable>(_ message: (Reply<Value>) -> Server.Call) -> RequestID<Value> {
        let box = RequestBox<Value>(node: whereIs()?.cell.node ?? .current)
        box.send(self, message)
        return RequestID(box: box)
    }
}
