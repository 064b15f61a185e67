/// Keeps what became of a request until somebody asks, and tells those who wait.
final class RequestBox<Value: Sendable>: Sendable {
    private struct State {
        var outcome: RequestOutcome<Value>?
        var isAbandoned = false
        var observers: [Int: @Sendable () -> Void] = [:]
        var observerCount = 0
    }

    private let state = LockedBox(State())
    private let request = LockedBox<Request<Value>?>(nil)
    let node: Node

    init(node: Node) { self.node = node }

    deinit { request.get()?.abandon() }

    /// Sends the request. The box is told of its end as long as somebody holds it.
    func send<A: ServerAddress>(_ address: A, _ message: (Reply<Value>) -> A.Server.Call) {
        let sent = Request.start(address, from: CurrentProcess.cell, timeout: nil, message) { [weak self] in
            self?.settle($0)
        }
        request.set(sent)
    }

    private func settle(_ outcome: RequestOutcome<Value>) {
        let observers = state.withLock { state -> [@Sendable () -> Void] in
            if state.isAbandoned { return [] }
            state.outcome = outcome
            defer { state.observers = [:] }
            return state.observers.sorted { $0.key < $1.key }.map(\.value)
        }
        for observer in observers { observer() }
    }

    /// Runs `observer` when the request is settled; at once if it is. Returns what to `forget` it by.
    @discardableResult func whenSettled(_ observer: @escaping @Sendable () -> Void) -> Int {
        let (isSettled, key) = state.withLock { state -> (Bool, Int) in
            if state.outcome != nil { return (true, 0) }
            state.observerCount += 1
            if !state.isAbandoned { state.observers[state.observerCount] = observer }
            return (false, state.observerCount)
        }
        if isSettled { observer() }
        return key
    }

    func forget(_ key: Int) { state.withLock { _ = $0.observers.removeValue(forKey: key) } }

    /// Why there is no response, by who asks or has given it up: names the server and the request.
    func error(_ failure: CallFailure) -> CallError {
        request.get()?.error(failure) ?? CallError(failure: failure, pid: nil, call: "")
    }

    /// What has become of it; nil while that is open.
    var outcome: RequestOutcome<Value>? { state.withLock { $0.outcome } }

    var isAbandoned: Bool { state.withLock { $0.isAbandoned } }

    /// From now on nothing becomes of it any more. Returns what had become of it, if anything.
    @discardableResult func abandon() -> RequestOutcome<Value>? {
        let outcome = state.withLock { state -> RequestOutcome<Value>? in
            if state.outcome == nil {
                state.isAbandoned = true
                state.observers = [:]
            }
            return state.outcome
        }
        if outcome == nil { request.get()?.abandon() }
        return outcome
    }
}
