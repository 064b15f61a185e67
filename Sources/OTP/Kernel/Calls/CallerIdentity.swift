internal import Synchronization

/// An ordinary task as the caller of one call: an identity that can be monitored until the call is over.
///
/// Exists only once somebody has asked the reply who its caller is. Erlang: every caller is a process.
final class CallerIdentity: Sendable {
    private struct State {
        var watchers: [MonitorRef: ProcessCell] = [:]
        var isOver = false
    }

    private struct Table {
        var byPID: [PID: CallerIdentity] = [:]
        var bySlot: [UInt: CallerIdentity] = [:]
    }

    private static let table = LockedBox(Table())

    let pid: PID
    private let state = LockedBox(State())

    private init(pid: PID) { self.pid = pid }

    /// The identity with this PID, while its call goes on.
    static func of(_ pid: PID) -> CallerIdentity? { table.withLock { $0.byPID[pid] } }

    /// Makes the caller of the call in `slot` known under `pid`; nothing if the call is over.
    static func note(_ pid: PID, _ slot: CallSlot, _ generation: UInt64) {
        let key = UInt(bitPattern: slot.body)
        table.withLock { table in
            guard table.byPID[pid] == nil, slot.watch(generation) else { return }
            let identity = CallerIdentity(pid: pid)
            table.byPID[pid] = identity
            table.bySlot[key] = identity
        }
    }

    /// The call in `slot` is over: answered, or given up.
    static func callEnded(_ slot: CallSlot, wasAnswered: Bool) {
        let identity = table.withLock { table -> CallerIdentity? in
            guard let identity = table.bySlot.removeValue(forKey: UInt(bitPattern: slot.body)) else { return nil }
            table.byPID[identity.pid] = nil
            return identity
        }
        identity?.end(wasAnswered ? .normal : .shutdown(detail: "the call was given up"))
    }

    private func end(_ reason: ExitReason) {
        let watchers = state.withLock { state -> [MonitorRef: ProcessCell] in
            defer { state.watchers = [:] }
            state.isOver = true
            return state.watchers
        }
        for (ref, watcher) in watchers.sorted(by: { $0.key.number < $1.key.number }) {
            watcher.down(DownMessage(monitor: ref, pid: pid, reason: reason))
        }
    }

    /// False if the call is over.
    func addWatcher(_ watcher: ProcessCell, as ref: MonitorRef) -> Bool {
        state.withLock { state in
            if state.isOver { return false }
            state.watchers[ref] = watcher
            return true
        }
    }

    func removeWatcher(_ ref: MonitorRef) {
        let freed = state.withLock { $0.watchers.removeValue(forKey: ref) }
        _ = freed
    }
}

extension CallSlot {
    /// From now on the end of the call is told to its `CallerIdentity`; false if it is over already.
    func watch(_ generation: UInt64) -> Bool {
        var word = body.pointee.word.load(ordering: .acquiring)
        while word >> 8 == generation, word & Flag.claimed == 0 {
            let (done, now) = body.pointee.word.compareExchange(
                expected: word, desired: word | Flag.watched, ordering: .acquiringAndReleasing)
            if done { return true }
            word = now
        }
        return false
    }
}
