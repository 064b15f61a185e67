/// Requests under way, each with a label; whose response comes first is taken first.
///
/// Belongs to the process or task that made it. Dropping the collection abandons the requests in it whose ids nobody
/// else holds. Erlang: `gen_server:reqids_new/0` and the functions that take a request id collection.
public final class RequestCollection<Label, Value: Sendable> {
    private struct Entry {
        let id: RequestID<Value>
        let label: Label
        var isTaken = false
    }

    private var entries: [Int: Entry] = [:]
    private var keys: [RequestID<Value>: Int] = [:]
    private var nextKey = 0
    private let inbox = RequestInbox()

    /// A collection without requests.
    public init() {}

    /// How many requests are in it. Erlang: `reqids_size/1`.
    public var count: Int { entries.count }

    /// Whether there is none.
    public var isEmpty: Bool { entries.isEmpty }

    /// Every request with its label, oldest first. Erlang: `reqids_to_list/1`.
    public var requests: [(id: RequestID<Value>, label: Label)] {
        entries.sorted { $0.key < $1.key }.map { ($0.value.id, $0.value.label) }
    }

    /// Adds a request. Erlang: `reqids_add/3`.
    ///
    /// - Throws: ``RequestCollectionError`` if it is in the collection already.
    public func add(_ id: RequestID<Value>, label: Label) throws(RequestCollectionError) {
        guard keys[id] == nil else { throw .alreadyAdded }
        let key = nextKey
        nextKey += 1
        keys[id] = key
        entries[key] = Entry(id: id, label: label)
        id.box.whenSettled { [inbox] in inbox.arrived(key) }
    }

    /// Sends a request and adds it. Erlang: `gen_server:send_request/4`.
    public func send<A: ServerAddress>(
        to server: A, label: Label, _ message: (Reply<Value>) -> A.Server.Call
    ) {
        let id: RequestID<Value> = server.sendRequest(message)
        // A new id cannot be in the collection.
        try? add(id, label: label)
    }

    /// Waits for the next response; if none comes in time, *all* requests are abandoned. Erlang:
    /// `gen_server:receive_response/3`.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait; nil: as long as it takes.
    ///   - removing: Whether the request leaves the collection with its response.
    /// - Throws: `CancellationError` when the waiting task is cancelled, ``CallError`` when the waiting process has
    ///   been killed.
    public nonisolated(nonsending) func receive(
        timeout: Duration? = .seconds(5), removing: Bool = true
    ) async throws -> RequestResponse<Label, Value> {
        let response = try await wait(timeout: timeout, removing: removing)
        guard case .timeout = response else { return response }
        for entry in entries.values where !entry.isTaken { entry.id.box.abandon() }
        // One of them may have been answered at the last moment.
        return takeNext(removing) ?? .timeout
    }

    /// Waits for the next response; if none comes in time, the requests stay under way. Erlang:
    /// `gen_server:wait_response/3`.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait; nil: as long as it takes. If every response has been taken or every request
    ///     abandoned, nothing can come and the time counts as over at once.
    ///   - removing: Whether the request leaves the collection with its response.
    /// - Throws: `CancellationError` when the waiting task is cancelled, ``CallError`` when the waiting process has
    ///   been killed.
    public nonisolated(nonsending) func wait(
        timeout: Duration? = .seconds(5), removing: Bool = true
    ) async throws -> RequestResponse<Label, Value> {
        if entries.isEmpty { return .noRequest }
        if let response = takeNext(removing) { return response }
        guard let waiting = firstWaiting else { return .timeout }
        if let gate = inbox.nextArrival() {
            _ = try await gate.wait(timeout: timeout, node: waiting.id.box.node)
        }
        return takeNext(removing) ?? .timeout
    }

    /// Waits for the next response until a point in time; if none comes by then, *all* requests are abandoned. See
    /// ``receive(timeout:removing:)``. Erlang: `gen_server:receive_response/3` with `{abs, Time}`.
    ///
    /// - Parameters:
    ///   - point: As ``Node/now`` of the servers' node tells it, which is to be the same for all; one that is past only looks
    ///     whether a response is there.
    ///   - removing: Whether the request leaves the collection with its response.
    public nonisolated(nonsending) func receive(
        until point: Duration, removing: Bool = true
    ) async throws -> RequestResponse<Label, Value> {
        try await receive(timeout: left(until: point), removing: removing)
    }

    /// Waits for the next response until a point in time; if none comes by then, the requests stay under way. See
    /// ``wait(timeout:removing:)``. Erlang: `gen_server:wait_response/3` with `{abs, Time}`.
    ///
    /// - Parameters:
    ///   - point: As ``Node/now`` of the servers' node tells it, which is to be the same for all; one that is past only looks
    ///     whether a response is there.
    ///   - removing: Whether the request leaves the collection with its response.
    public nonisolated(nonsending) func wait(
        until point: Duration, removing: Bool = true
    ) async throws -> RequestResponse<Label, Value> {
        try await wait(timeout: left(until: point), removing: removing)
    }

    private func left(until point: Duration) -> Duration {
        point - (firstWaiting?.id.box.node ?? .current).now
    }

    /// One of those whose response may still come: by its node's clock all are waited for.
    private var firstWaiting: Entry? { entries.values.first { !$0.isTaken && !$0.id.box.isAbandoned } }

    /// The next response, if one has come. Erlang: `gen_server:check_response/3`.
    public func check(removing: Bool = true) -> RequestResponse<Label, Value> {
        if entries.isEmpty { return .noRequest }
        return takeNext(removing) ?? .timeout
    }

    private func takeNext(_ removing: Bool) -> RequestResponse<Label, Value>? {
        while let key = inbox.take() {
            guard let entry = entries[key], let outcome = entry.id.box.outcome else { continue }
            if removing {
                entries[key] = nil
                keys[entry.id] = nil
            } else {
                entries[key]?.isTaken = true
            }
            return .response(outcome.result, label: entry.label)
        }
        return nil
    }
}

@available(*, unavailable) extension RequestCollection: Sendable {}

/// What a collection of requests had to say. Erlang: what `gen_server:receive_response/3` returns.
public enum RequestResponse<Label, Value: Sendable> {
    /// The reply of one of the requests, or why there is none.
    case response(Result<Value, CallError>, label: Label)
    /// No response in time; none at this moment. Erlang: `timeout`, `no_reply`.
    case timeout
    /// There is no request in the collection. Erlang: `no_request`.
    case noRequest
}

/// Why a request could not be added to a collection. Erlang: `badarg`.
public enum RequestCollectionError: Error, Hashable, CustomStringConvertible {
    /// It is in the collection.
    case alreadyAdded

    public var description: String { "the request is in the collection already" }
}
