internal import COTPRuntime
internal import Synchronization

/// A lock of four bytes for sections of a few instructions that never allocate for long, await or call user code.
///
/// `Mutex` of the standard library is a priority-inheriting futex on Linux: fine uncontended, ruinous contended.
@usableFromInline struct SpinLock: ~Copyable, Sendable {
    private let word = Atomic<UInt32>(0)

    @usableFromInline init() {}

    @usableFromInline func lock() {
        var round: UInt32 = 0
        while true {
            if word.load(ordering: .relaxed) == 0, word.exchange(1, ordering: .acquiring) == 0 { return }
            round &+= 1
            otp_relax(round)
        }
    }

    /// False if somebody has it.
    func tryLock() -> Bool { word.load(ordering: .relaxed) == 0 && word.exchange(1, ordering: .acquiring) == 0 }

    @usableFromInline func unlock() {
        // References that were taken under the lock are counted before it is given back.
        otp_settle()
        word.store(0, ordering: .releasing)
    }

    func withLock<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        lock()
        defer { unlock() }
        return try body()
    }
}
