import GRDB
public import ShopCore

/// What a database may do to a shop.
public enum StoreError: Error, Hashable, Sendable {
    /// The write lock was not free within the connection's patience.
    case locked
    /// There is no room to write.
    case full
    /// The connection is of no more use; its owner should end and be started afresh.
    case connectionLost(String)
    /// The order itself cannot be.
    case refused(Problem)

    init(_ error: any Error) {
        switch error {
        case let error as StoreError:
            self = error
        case let problem as Problem:
            self = .refused(problem)
        case let error as DatabaseError where error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED:
            self = .locked
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL:
            self = .full
        default:
            self = .connectionLost("\(error)")
        }
    }

    static func translated<T>(_ body: () throws -> T) throws -> T {
        do { return try body() } catch { throw StoreError(error) }
    }
}
