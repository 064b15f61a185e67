import BankWire
import Synchronization

/// What a drill has prepared for the next requests.
final class BankFaults: Sendable {
    private struct Hold {
        let point: BankDoor.Point
        let reached: AsyncStream<String>.Continuation
        let gate: AsyncStream<Never>
    }
    private struct State {
        var hold: Hold?
        var gates: [AsyncStream<Never>.Continuation] = []
        var mishaps: [BankDoor.Mishap] = []
    }

    private let state = Mutex(State())

    /// Tells the key of the request that is held.
    func hold(_ point: BankDoor.Point) -> AsyncStream<String> {
        let (held, reached) = AsyncStream.makeStream(of: String.self)
        let (gate, opener) = AsyncStream.makeStream(of: Never.self)
        state.withLock { state in
            state.hold = Hold(point: point, reached: reached, gate: gate)
            state.gates.append(opener)
        }
        return held
    }

    /// Waits here if this is where the next request is to be held.
    func pass(_ point: BankDoor.Point, key: String) async {
        let hold = state.withLock { state -> Hold? in
            guard let hold = state.hold, hold.point == point else { return nil }
            state.hold = nil
            return hold
        }
        guard let hold else { return }
        hold.reached.yield(key)
        for await _ in hold.gate {}
    }

    func release() {
        let gates = state.withLock { state in
            defer { state.gates = [] }
            state.hold = nil
            return state.gates
        }
        for gate in gates { gate.finish() }
    }

    func prepare(_ mishap: BankDoor.Mishap, count: Int) {
        state.withLock { $0.mishaps += Array(repeating: mishap, count: count) }
    }

    func nextMishap() -> BankDoor.Mishap? {
        state.withLock { $0.mishaps.isEmpty ? nil : $0.mishaps.removeFirst() }
    }
}
