/// Whether a call, a start or a stop from outside may run its process on the caller's own thread.
///
/// Only from ordinary tasks of the default executor, which is made for running short pieces of code; never from an
/// actor, an event loop or a task with an executor of its own.
enum Guest {
    /// Lets a process run that was idle and that somebody is about to wait for. Returns whether it has run on this thread.
    @discardableResult static func wake(_ cell: ProcessCell, for isolation: (any Actor)?) -> Bool {
        if isWelcome(for: cell, from: isolation) {
            return cell.schedulerRef._withUnsafeGuaranteedRef { $0.runAsGuest(cell) }
        }
        cell.wake()
        return false
    }

    private static func isWelcome(for server: ProcessCell, from isolation: (any Actor)?) -> Bool {
        if isolation != nil || Worker.current != nil { return false }
        if server.schedulerRef._withUnsafeGuaranteedRef({ $0.isSeeded }) || !server.isQuick() { return false }
        // With the process-wide executor ordinary tasks are on workers; who is not may have been left elsewhere by a sleep.
        if ProcessWideExecutor.isInstalled { return false }
        return withUnsafeCurrentTask { task in
            guard let task else { return false }
            return task.unownedTaskExecutor == nil
        }
    }
}
