import DrillClient
import DrillLog
import Foundation
import Synchronization

/// Looks at the shop every second: its memory from outside, the rest through its door.
final class Sampler: Sendable {
    private let host: ShopHost
    private let door: Door
    private let clock: RunClock
    private let log: LineWriter
    private let state = Mutex(State())

    private struct State {
        /// Of processes that have been ended since.
        var earlierRestarts = 0
        var process = 0
        var restarts: Int?
        var last: SampleLine?
    }

    init(host: ShopHost, door: Door, clock: RunClock, log: LineWriter) {
        self.host = host
        self.door = door
        self.clock = clock
        self.log = log
    }

    var last: SampleLine? { state.withLock(\.last) }

    /// Over every process that the run has had; what one of them counted after the last look at it is not known.
    var restarts: Int? { state.withLock { state in state.restarts.map { $0 + state.earlierRestarts } } }

    func look() async throws {
        let process = host.shop.number
        let counts = await door.counts()
        let memory = Self.memory(of: process)
        let sample = state.withLock { state -> SampleLine in
            if state.process != process {
                state.earlierRestarts += state.restarts ?? 0
                state.restarts = nil
                state.process = process
            }
            state.restarts = counts?.restarts ?? state.restarts
            let sample = SampleLine(
                at: clock.now, process: process, memory: memory,
                restarts: state.earlierRestarts + (state.restarts ?? 0), queued: counts?.queued)
            state.last = sample
            return sample
        }
        try log.append(sample)
    }

    /// What Linux says of it; nil elsewhere, or when it is gone.
    static func memory(of process: Int) -> Int? {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
            let kilobytes = Int(line.dropFirst(6).filter(\.isNumber))
        else { return nil }
        return kilobytes << 10
    }
}
