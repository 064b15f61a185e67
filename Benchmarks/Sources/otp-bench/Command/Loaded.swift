import ArgumentParser
import BenchKit
import Foundation
import OTP

/// Shows that a loaded node leaves no worker idle while work waits.
struct Loaded: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows how much of their time workers are parked while there is work for all of them.",
        discussion: """
            By the system's books of each thread: time in which it ran or could have run is not idle. What else runs on \
            the machine does not show, and workers that stand in for others do not count.
            """)

    @Option(help: "Rounds of each load.")
    var rounds = 5

    func run() throws {
        try Setup.begin()
        // Its workers exist from here on.
        _ = Node.default
        let workers = Node.defaultWorkers
        print("\(workers) workers; parked while there was work, of their time: median, worst round")
        for load in loads {
            var shares: [Double] = []
            for _ in 0..<rounds { shares.append(try idleShare(load, workers)) }
            let sorted = shares.sorted()
            print("\(percent(sorted[sorted.count / 2])) \(percent(sorted[sorted.count - 1]))  \(load.title)")
        }
    }

    private func percent(_ share: Double) -> String { String(format: "%5.1f %%", share * 100) }

    private func idleShare(_ load: Load, _ workers: Int) throws -> Double {
        let watch = LoadWatch(parts: load.parts, workers: workers)
        let done = DispatchSemaphore(value: 0)
        let failure = Failure()
        Task {
            do {
                try await load.run(watch)
                try await watch.waitForEnd()
            } catch {
                failure.error = error
            }
            done.signal()
        }
        done.wait()
        if let error = failure.error { throw error }
        guard let share = watch.idleShare else {
            throw ValidationError("this system keeps no books of the time of single threads")
        }
        return share
    }

    /// Handed from the task to the thread that waits for it.
    // Written before the semaphore is signalled, read after it was waited for.
    private final class Failure: @unchecked Sendable {
        var error: (any Error)?
    }
}
