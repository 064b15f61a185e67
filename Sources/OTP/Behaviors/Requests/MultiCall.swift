/// What several servers answered. Erlang: what `gen_server:multi_call` returns.
public struct MultiCallResult<Address: ServerAddress, Value: Sendable>: Sendable {
    /// Those that answered in time, in the order of the list.
    public let replies: [(server: Address, value: Value)]
    /// Those that did not, and why, in the order of the list. Erlang: the list of bad nodes.
    public let failures: [(server: Address, error: CallError)]
}

extension Sequence where Element: ServerAddress {
    /// Calls several servers at once and waits for all of them. Erlang: `gen_server:multi_call/2,3,4`.
    ///
    /// - Parameters:
    ///   - timeout: For all together; nil: until each has answered or ended.
    ///   - message: Makes the message around the reply, for each server; runs a second time for each, with a reply
    ///     that nobody waits for.
    /// - Throws: `CancellationError` when the waiting task is cancelled, ``CallError`` when the waiting process has
    ///   been killed. That a server does not answer is part of the result.
    public nonisolated(nonsending) func multiCall<Value: Sendable>(
        timeout: Duration? = .seconds(5), _ message: (Reply<Value>) -> Element.Server.Call
    ) async throws -> MultiCallResult<Element, Value> {
        let servers = Array(self)
        let gathering = Gathering<Value>(count: servers.count)
        let caller = CurrentProcess.cell
        var requests: [Request<Value>?] = []
        for (index, server) in servers.enumerated() {
            if let caller, server.whereIs()?.cell === caller {
                let call = "\(server.addressDescription) \(message(Reply(detached: ())))"
                gathering.settle(index, .failure(.callingSelf, caller.pid, { call }))
                continue
            }
            requests.append(
                Request.start(server, from: caller, timeout: nil, message) { gathering.settle(index, $0) })
        }
        defer { for request in requests { request?.abandon() } }
        let outcomes = try await gathering.wait(timeout: timeout)
        var replies: [(server: Element, value: Value)] = []
        var failures: [(server: Element, error: CallError)] = []
        for (server, outcome) in zip(servers, outcomes) {
            switch outcome?.result {
            case .success(let value): replies.append((server, value))
            case .failure(let error): failures.append((server, error))
            case nil:
                let call = "\(server.addressDescription) \(message(Reply(detached: ())))"
                failures.append((server, CallError(.timeout, pid: server.pid, call: call)))
            }
        }
        return MultiCallResult(replies: replies, failures: failures)
    }

    /// Casts to several servers. Never fails. Erlang: `gen_server:abcast/2,3`.
    public func broadcast(_ message: Element.Server.Cast) {
        for server in self { server.cast(message) }
    }
}

/// Outcomes of requests that are waited for together.
private final class Gathering<Value: Sendable>: Sendable {
    private let state: LockedBox<(outcomes: [RequestOutcome<Value>?], missing: Int)>
    private let gate = Gate()

    init(count: Int) {
        state = LockedBox((Array(repeating: nil, count: count), count))
        if count == 0 { gate.open() }
    }

    func settle(_ index: Int, _ outcome: RequestOutcome<Value>) {
        let isLast = state.withLock { state -> Bool in
            state.outcomes[index] = outcome
            state.missing -= 1
            return state.missing == 0
        }
        if isLast { gate.open() }
    }

    nonisolated(nonsending) func wait(timeout: Duration?) async throws -> [RequestOutcome<Value>?] {
        _ = try await gate.wait(timeout: timeout, node: .current)
        return state.withLock { $0.outcomes }
    }
}
