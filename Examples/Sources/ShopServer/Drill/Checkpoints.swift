import OTP
import Synchronization

/// Places in the protocol of a payment at which a drill can hold the shop, to break something right there. Without a
/// drill there are none.
final class Checkpoints: Sendable {
    enum Point: String, CaseIterable, Sendable {
        /// A customer wants to pay; nothing is in the books.
        case beforeIntent = "before-intent"
        /// That the bank will be asked is in the books; it was not asked yet.
        case afterIntent = "after-intent"
        /// The bank has been asked.
        case afterSend = "after-send"
        /// The bank's answer is here and not in the books.
        case beforeFinal = "before-final"
        /// It is in the books; nobody has been told.
        case afterFinal = "after-final"
        /// All is done but the answer to the customer.
        case beforeReply = "before-reply"
    }

    private struct Hold {
        let point: Point
        let reached: AsyncStream<PID?>.Continuation
        let gate: AsyncStream<Never>
    }
    private struct State {
        var hold: Hold?
        var held: AsyncStream<PID?>?
        var gates: [AsyncStream<Never>.Continuation] = []
    }

    private let state = Mutex(State())

    /// The next one that comes to `point` waits there until `release`.
    func hold(_ point: Point) {
        let (held, reached) = AsyncStream.makeStream(of: PID?.self)
        let (gate, opener) = AsyncStream.makeStream(of: Never.self)
        state.withLock { state in
            state.hold = Hold(point: point, reached: reached, gate: gate)
            state.held = held
            state.gates.append(opener)
        }
    }

    /// Waits until somebody is held there; false if nobody is to be.
    func waitUntilHeld() async -> Bool {
        guard let held = state.withLock(\.held) else { return false }
        return await held.first { _ in true } != nil
    }

    /// Holds the next one; its process, or nil if nobody comes in time.
    func holdNext(at point: Point, within limit: Duration) async -> PID? {
        hold(point)
        guard let held = state.withLock(\.held) else { return nil }
        let pid = await withTaskGroup(of: PID?.self) { group in
            group.addTask { await held.first { _ in true } ?? nil }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        if pid == nil { release() }
        return pid
    }

    func release() {
        let gates = state.withLock { state in
            defer { state.gates = [] }
            state.hold?.reached.finish()
            state.hold = nil
            state.held = nil
            return state.gates
        }
        for gate in gates { gate.finish() }
    }

    /// Waits if this is the point at which the next one is to wait; a cancelled task does not.
    func pass(_ point: Point, _ pid: PID? = nil) async {
        let hold = state.withLock { state -> Hold? in
            guard let hold = state.hold, hold.point == point else { return nil }
            state.hold = nil
            return hold
        }
        guard let hold else { return }
        hold.reached.yield(pid)
        for await _ in hold.gate {}
    }
}
