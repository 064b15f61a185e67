internal import COTPRuntime
internal import Synchronization

/// Lets the whole program's tasks run on the workers of the default node.
///
/// Off unless asked for. Without it processes run on workers of their own and ordinary tasks on the threads of
/// Dispatch, and what one awaits of the other crosses threads. With it tasks, actors and processes share one set of
/// workers.
///
/// ```swift
/// try ProcessWideExecutor.install()    // the first line of main
/// ```
///
/// The main actor, actors and tasks with executors of their own, and Dispatch queues are left alone. `Task.sleep` and
/// `Task.yield` are reached on Linux with Swift 6.3; elsewhere they come back on a thread of Dispatch, and the task returns
/// to a worker when it next suspends. Installing cannot be undone. `docs/hosting.md` says more.
public enum ProcessWideExecutor {
    /// Why it could not be installed.
    public enum InstallError: Error, Hashable, CustomStringConvertible {
        /// Another library has taken the concurrency runtime's hook, or the program has a default executor of its own.
        case hookIsTaken
        /// This concurrency runtime has no such hook.
        case unknownRuntime
        /// The default node has already run processes: their tasks cannot be moved any more.
        case workHasBegun

        public var description: String {
            switch self {
            case .hookIsTaken:
                "another library already is the process-wide executor of this program, or the program has its own"
            case .unknownRuntime: "this Swift concurrency runtime has no hook for a process-wide executor"
            case .workHasBegun: "processes have already run on the default node; install before the first of them"
            }
        }
    }

    private static let isDone = Atomic<Bool>(false)
    private static let installing = SpinLock()

    /// Whether the default node's workers are the executor of the whole program.
    public static var isInstalled: Bool { isDone.load(ordering: .acquiring) }

    /// Makes the workers of the default node the executor of every task that has no other. To be called once, before
    /// the first process is started; does nothing when it has been installed already.
    ///
    /// The environment variable `OTP_EXECUTOR=global` does the same at the first use of the default node: for trying
    /// a program or a test suite both ways without changing it.
    ///
    /// - Throws: ``InstallError``.
    public static func install() throws(InstallError) {
        try install(on: .default)
    }

    static func install(on node: Node) throws(InstallError) {
        if let error = installing.withLock({ attempt(node) }) { throw error }
    }

    private static func attempt(_ node: Node) -> InstallError? {
        if isInstalled { return nil }
        if DefaultExecutor.isTaken { return .hookIsTaken }
        if node.hasBegun { return .workHasBegun }
        let scheduler = node.scheduler
        target = scheduler
        let outcome = otp_install_global_enqueue_hook { job in
            ProcessWideExecutor.target.unsafelyUnwrapped.enqueue(RunItem(globalJob: job))
        }
        if outcome != 0 { return outcome == 2 ? .hookIsTaken : .unknownRuntime }
        DefaultExecutor.install()
        isDone.store(true, ordering: .releasing)
        return nil
    }

    /// Installs if the environment asks for it; says so on standard error if it cannot.
    static func installIfAsked(on node: Node) {
        guard let wish = Environment["OTP_EXECUTOR"] else { return }
        switch wish {
        case "global":
            do { try install(on: node) } catch { StandardError.write("swift-otp: OTP_EXECUTOR=global: \(error)") }
        case "", "own":
            break
        case let other:
            StandardError.write("swift-otp: OTP_EXECUTOR=\(other): expected \"global\" or \"own\"")
        }
    }

    /// That of the default node, for what comes when the executor is installed, or at that moment: the runtime orders nothing.
    static var scheduler: Scheduler {
        var round: UInt32 = 0
        while !isInstalled {
            round &+= 1
            otp_relax(round)
        }
        return target.unsafelyUnwrapped
    }

    // nonisolated(unsafe) because it is written only while there is no hook, before the handler that reads it is published.
    private nonisolated(unsafe) static var target: Scheduler?
}
