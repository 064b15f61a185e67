/// One line of the table: what all sides do, how much of it, and what is asked.
public struct Row: Sendable {
    /// What is measured, and in which unit.
    public enum Measure: Sendable, Equatable {
        /// Nanoseconds per operation, as timed by the side itself.
        case time
        /// Resident bytes per process: the growth of the side's operating-system process.
        case bytes
        /// Milliseconds of CPU that a side with nothing to do spends in this many seconds.
        case idle(seconds: Double)
        /// Milliseconds of CPU for each second that the work lasts.
        case load

        public var unit: String {
            switch self {
            case .time: "ns"
            case .bytes: "bytes"
            case .idle(let seconds): "ms CPU in \(shortNumber(seconds)) s"
            case .load: "ms CPU a second"
            }
        }
    }

    /// The word for `--only`, and the row's name on all sides.
    public let name: String
    public let title: String
    public let measure: Measure
    /// Operations (or processes) of one round: the same number on every side.
    public let size: Int
    /// The name of the same work on the peers' side.
    public let peerName: String
    public let targets: [Target]

    public init(
        _ name: String, _ title: String, measure: Measure = .time, size: Int, against peerName: String? = nil,
        targets: [Target] = []
    ) {
        self.name = name
        self.title = title
        self.measure = measure
        self.size = size
        self.peerName = peerName ?? name
        self.targets = targets
    }
}
