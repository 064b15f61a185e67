/// Which free member of a pool is taken next. Poolboy: `strategy`.
public enum PoolOrder: Sendable, Hashable {
    /// The one that came back last: few members are in use, and those are warm.
    case lifo
    /// The one that has been free for longest: all are used alike.
    case fifo
}

/// A pool at one instant. Poolboy: `status/1`.
public struct PoolStatus: Sendable, Hashable, CustomStringConvertible {
    /// How much room there is.
    public enum Phase: Sendable, Hashable {
        /// Members are free.
        case ready
        /// All are in use; there is room for further ones, beyond the size.
        case overflow
        /// All are in use, and no further one may begin.
        case full
    }

    /// Members that nobody has.
    public let idle: Int
    /// Members that somebody has.
    public let checkedOut: Int
    /// Callers that wait.
    public let waiting: Int
    /// Members beyond the size, those included that are about to end.
    public let overflow: Int
    /// Members beyond the size that are beginning.
    public let starting: Int
    /// How many members there are in ordinary times.
    public let size: Int
    /// How many there may be beyond that.
    public let overflowLimit: Int

    /// How much room there is.
    public var phase: Phase {
        if idle > 0 { return .ready }
        return overflow + starting < overflowLimit ? .overflow : .full
    }

    public var description: String {
        "\(phase): \(idle) idle, \(checkedOut) checked out, \(waiting) waiting, \(overflow) beyond \(size)"
    }
}

/// Why a pool gave no member.
public struct PoolError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public enum Code: Sendable {
        /// No member came free in time.
        case timeout
        /// None is free, and the caller did not want to wait. Poolboy: `full`.
        case full
        /// A member beyond the size could not begin; why.
        case failedToStart(any Error)
        /// The pool does not run, or ended meanwhile.
        case notRunning
        /// A negative size or overflow, or a pool for nobody.
        case invalidSize(Int, overflow: Int)
    }

    /// What went wrong.
    public let code: Code
    /// Which pool.
    public let pool: String

    /// For tests of code that handles such errors.
    public init(_ code: Code, pool: String = "") {
        self.code = code
        self.pool = pool
    }

    public var description: String {
        switch code {
        case .timeout: "no member of pool \(pool) came free in time"
        case .full: "all members of pool \(pool) are in use"
        case .failedToStart(let error): "a further member of pool \(pool) could not begin: \(error)"
        case .notRunning: "pool \(pool) does not run"
        case .invalidSize(let size, let overflow):
            "pool \(pool) of \(size) members and \(overflow) more: expected zero or more of each, and one at least"
        }
    }
}
