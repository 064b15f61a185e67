import GRDB
import Synchronization

/// Whether there is room for the database to grow. A drill can say that there is none: SQLite is then forbidden another
/// page, and fails as it does on a full disk.
public final class DiskSpace: Sendable {
    private let full = Atomic(false)

    public init() {}

    public var isFull: Bool {
        get { full.load(ordering: .acquiring) }
        set { full.store(newValue, ordering: .releasing) }
    }
}

/// What a connection was last told about room: to tell it costs a statement.
final class DiskLimit: Sendable {
    private let disk: DiskSpace
    private let isSet = Atomic(false)

    init(_ disk: DiskSpace) { self.disk = disk }

    func apply(to db: Database) throws {
        let full = disk.isFull
        guard isSet.exchange(full, ordering: .acquiringAndReleasing) != full else { return }
        // Less than it has is as much as it has.
        try db.execute(sql: "PRAGMA max_page_count = \(full ? 1 : 1_073_741_823)")
    }
}
