internal import COTPRuntime
internal import Synchronization

/// Which line of each ``ReaderGate`` is whose. One for the whole program: a worker reads what belongs to other nodes, too.
struct ReaderLines: ~Copyable {
    static let ofProgram = ReaderLines()

    /// The first lines, which threads share that have none of their own.
    static var shared: Int { 8 }
    /// How many each gate has: enough for two workers on each processor, as far as a writer can look through them.
    static let all = min(64, max(32, 2 * Int(otp_available_processors()) + shared))

    /// A bit for each line that is somebody's own.
    private let taken = Atomic<UInt64>(0)

    /// A bit for each line in which a reader may be. In one order with `take`: who is not among them, and takes one later, sees
    /// what a writer has said before.
    var inUse: UInt64 { taken.load(ordering: .sequentiallyConsistent) | (1 << UInt64(Self.shared) - 1) }

    /// A line for the calling thread alone, which it is to give back; 0: there is none left.
    func take() -> Int {
        var now = taken.load(ordering: .relaxed)
        while true {
            let line = Self.shared + (~(now >> UInt64(Self.shared))).trailingZeroBitCount
            if line >= Self.all { return 0 }
            let (done, found) = taken.compareExchange(
                expected: now, desired: now | 1 << UInt64(line), ordering: .sequentiallyConsistent)
            if done { return line }
            now = found
        }
    }

    /// Of a thread that is in no gate.
    func giveBack(_ line: Int) {
        if line > 0 { taken.bitwiseAnd(~(1 << UInt64(line)), ordering: .acquiringAndReleasing) }
    }
}
