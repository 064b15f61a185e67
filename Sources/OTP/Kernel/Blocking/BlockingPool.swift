internal import COTPRuntime
internal import Synchronization

/// The threads that may block. One is added when work finds none idle; one that has been idle for long ends.
// @unchecked because the state is guarded by the lock.
final class BlockingPool: @unchecked Sendable {
    static let shared = BlockingPool()

    private static let idleLimit: Int64 = 10_000_000_000

    private let guarding = SpinLock()
    private var queue = RingBuffer<@Sendable () -> Void>()
    private var threads = 0
    private var idle = 0
    private var maximum = 64
    /// Changes with everything that is submitted; idle threads sleep on it.
    private let submissions = Atomic<UInt32>(0)

    var threadCount: Int { guarding.withLock { threads } }

    var limit: Int {
        get { guarding.withLock { maximum } }
        set { guarding.withLock { maximum = newValue } }
    }

    /// False if there is no thread and none can be started.
    func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
        let needsThread = guarding.withLock { () -> Bool in
            queue.append(work)
            guard idle < queue.count, threads < maximum else { return false }
            threads += 1
            return true
        }
        if needsThread, !startThread() { return false }
        submissions.add(1, ordering: .releasing)
        withUnsafePointer(to: submissions) {
            otp_wake_address(UnsafeRawPointer($0).assumingMemoryBound(to: UInt32.self))
        }
        return true
    }

    private func startThread() -> Bool {
        let failure = otp_start_thread("otp-blocking", Unmanaged.passUnretained(self).toOpaque()) { raw in
            Unmanaged<BlockingPool>.fromOpaque(raw).takeUnretainedValue().threadMain()
        }
        if failure == 0 { return true }
        return guarding.withLock {
            threads -= 1
            if threads > 0 { return true }
            queue.removeAll()
            return false
        }
    }

    private func threadMain() {
        while true {
            let seen = submissions.load(ordering: .acquiring)
            let work = guarding.withLock { () -> (@Sendable () -> Void)? in
                if let work = queue.popFirst() { return work }
                idle += 1
                return nil
            }
            if let work {
                work()
                continue
            }
            withUnsafePointer(to: submissions) {
                otp_wait_on_address(
                    UnsafeRawPointer($0).assumingMemoryBound(to: UInt32.self), seen, Self.idleLimit)
            }
            let isOver = guarding.withLock { () -> Bool in
                idle -= 1
                guard queue.isEmpty, submissions.load(ordering: .acquiring) == seen else { return false }
                threads -= 1
                return true
            }
            if isOver { return }
        }
    }
}
