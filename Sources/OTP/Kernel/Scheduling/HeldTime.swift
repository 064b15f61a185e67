/// For how long a process has held its worker, and whether that has been told.
struct HeldTime {
    private var isReported = false
    /// How far into the step nobody was known at last: the system may have taken the processor away before a process was
    /// entered. That time is nobody's, and what begins after it in the same step is still to be reported.
    private var ofNobody: UInt64 = 0

    /// Whom to report, once, and how long it has held its worker, which has begun nothing new for `time` nanoseconds.
    /// `occupant` answers 0 if no process is known.
    mutating func due(
        after time: UInt64, limit: UInt64, occupant: () -> UInt64
    ) -> (pid: UInt64, time: UInt64)? {
        if isReported { return nil }
        let pid = occupant()
        if pid == 0 { ofNobody = time }
        if time &- ofNobody < limit { return nil }
        isReported = true
        return (pid, time &- ofNobody)
    }
}
