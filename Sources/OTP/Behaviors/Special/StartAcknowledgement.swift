/// The right to say, once, that a process is ready: whoever starts it waits for that. Erlang: `proc_lib:init_ack/1`.
public struct StartAcknowledgement<Value: Sendable>: Sendable {
    let handshake: StartHandshake
    let value = LockedBox<Value?>(nil)

    init(_ handshake: StartHandshake) { self.handshake = handshake }

    /// `started(value)`: the process is ready; its starter gets `value`. Only the first time counts.
    public func callAsFunction(_ value: Value) {
        let isFirst = self.value.withLock { known -> Bool in
            if known != nil { return false }
            known = value
            return true
        }
        if isFirst { handshake.acknowledge() }
    }

    /// `started()`: the process is ready.
    public func callAsFunction() where Value == Void { callAsFunction(()) }

    /// Whether it has been said.
    public var isGiven: Bool { value.get() != nil }
}

/// A process went on to its loop without having said that it is ready.
public struct NotAcknowledged: Error, CustomStringConvertible {
    public var description: String { "the process entered its loop without having acknowledged its start" }
}
