internal import Logging

/// What `VirtualNode` of the test kit drives a node with.
extension Node {
    /// From now on reports go to `onReport` only.
    package func silence() { logger = Logger(label: "silent") { _ in SilentLog() } }

    /// Runs everything that can run at this moment of the virtual clock.
    package func drainVirtual() { scheduler.drainSeeded() }

    /// Moves the virtual clock to the next deadline up to `limit` and fires what is due.
    ///
    /// - Returns: False if there was no deadline by then; the clock then stands at `limit`.
    package func advanceVirtual(to limit: Duration) -> Bool {
        scheduler.timers.advanceVirtual(to: Deadline.nanoseconds(limit))
    }

    /// The next point in time at which something may be due; nil if nothing is.
    package var nextVirtualDeadline: Duration? {
        scheduler.timers.nextVirtualDeadline.map(Deadline.duration)
    }

    /// Starts an ordinary task, outside any process, whose code runs on this node's own worker.
    package func startTask(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task.detached(executorPreference: scheduler.executor) { await self.with { await body() } }
    }
}

/// Prints nothing, and has all reports made, as in a program: what a level lets nobody print is in part not even made.
private struct SilentLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    func log(event: LogEvent) {}
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
}
