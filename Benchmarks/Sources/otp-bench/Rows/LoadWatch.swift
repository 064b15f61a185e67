import BenchKit
import OTP
import Synchronization

/// Looks at the workers when all of a load is there, and again when nine tenths of it are done: in between work always
/// waits.
final class LoadWatch: Sendable {
    struct Look: Sendable {
        let at: ContinuousClock.Instant
        let time: ThreadTime
    }

    private let parts: Int
    private let workers: Int
    private let count = Atomic<Int>(0)
    private let looks = Mutex<[Look]>([])

    init(parts: Int, workers: Int) {
        self.parts = parts
        self.workers = workers
    }

    /// All of the load is there.
    func begin() { look() }

    /// A part is done. Whoever does the decisive one takes the look, as a part of its own work.
    func note() {
        if count.add(1, ordering: .relaxed).newValue == parts * 9 / 10 { look() }
    }

    private func look() {
        guard let time = ThreadTime.ofThreads(named: "otp-", below: workers) else { return }
        let look = Look(at: .now, time: time)
        looks.withLock { $0.append(look) }
    }

    /// Until all parts are done.
    func waitForEnd() async throws {
        while count.load(ordering: .relaxed) < parts { try await Task.sleep(for: .milliseconds(1)) }
    }

    /// Of the workers' time between the two looks, that in which they had nothing to do; nil where the system keeps no
    /// books of single threads, or if the load was nearly done before all of it was there.
    var idleShare: Double? {
        let looks = looks.withLock { $0 }
        guard looks.count == 2, looks[0].at < looks[1].at else { return nil }
        let used = looks[1].time - looks[0].time
        let elapsed = Timing(1, looks[1].at - looks[0].at).nanoseconds
        return max(0, 1 - (used.running + used.ready) / Double(elapsed) / Double(workers))
    }
}
