import Foundation
import GRDB
import ShopCore
import Synchronization

/// One connection to the shop's SQLite file: write-ahead log, immediate transactions, every commit on disk before it is
/// told. Ten of them work side by side; whoever has to wait for the write lock waits `patience`, and what comes
/// after that is `StoreError.locked`, a failure.
public struct ShopDatabase: Sendable {
    private let queue: DatabaseQueue
    private let line = Line()
    private let limit: DiskLimit
    let weakness: DatabasePlace.Weakness?

    /// Opens the file, which `create` must have made. Waits for the disk.
    public init(_ place: DatabasePlace, patience: Duration = .seconds(4)) throws {
        queue = try StoreError.translated {
            try DatabaseQueue(path: place.path, configuration: Self.configuration(patience))
        }
        limit = DiskLimit(place.disk)
        weakness = place.weakness
    }

    /// Opens the file, which `create` must have made. Waits for the disk.
    public init(path: String, patience: Duration = .seconds(4)) throws {
        try self.init(DatabasePlace(path: path), patience: patience)
    }

    /// Makes the file and its tables unless they exist, and fills an empty assortment. Waits for the disk.
    public static func create(_ place: DatabasePlace) throws {
        try StoreError.translated {
            let queue = try DatabaseQueue(path: place.path, configuration: configuration(.seconds(4)))
            try queue.write { db in try Schema.create(in: db, isUnique: place.weakness != .forgetsKeys) }
            try queue.close()
        }
    }

    /// Makes the file and its tables unless they exist, and fills an empty assortment. Waits for the disk.
    public static func create(path: String) throws { try create(DatabasePlace(path: path)) }

    /// Closes the file; nothing may be asked of it afterwards. Waits for the disk.
    public func close() throws { try StoreError.translated { try queue.close() } }

    /// Breaks the connection as a lost network would: the statement that runs fails, and so does every later one.
    public func cut() {
        line.isCut.store(true, ordering: .releasing)
        queue.interrupt()
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        do {
            return try await queue.read { [line] db in
                try line.check()
                return try body(db)
            }
        } catch {
            throw StoreError(error)
        }
    }

    /// - Parameter carefully: Whatever weakness the place has.
    func write<T: Sendable>(
        carefully: Bool = false, _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T {
        do {
            if weakness == .acknowledgesBeforeCommit, !carefully { return try await writeCarelessly(body) }
            return try await queue.write { [line, limit] db in
                try line.check()
                try limit.apply(to: db)
                let value = try body(db)
                try line.check()
                return value
            }
        } catch {
            throw StoreError(error)
        }
    }

    /// Gives the value away before it is kept.
    private func writeCarelessly<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        let (values, value) = AsyncThrowingStream.makeStream(of: T.self)
        queue.asyncWrite { [line] db in
            try line.check()
            value.yield(try body(db))
            // So long that whoever is killed is so most probably in the middle of it.
            usleep(120_000)
            try line.check()
        } completion: { _, result in
            if case .failure(let error) = result { value.finish(throwing: error) } else { value.finish() }
        }
        for try await value in values { return value }
        throw CancellationError()
    }

    private static func configuration(_ patience: Duration) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .callback { tries in waits(try: tries, patience) }
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { db in
            if !db.configuration.readonly {
                try db.execute(sql: "PRAGMA journal_mode = WAL")
                try db.execute(sql: "PRAGMA synchronous = FULL")
            }
        }
        return configuration
    }
}

/// Waits a moment for the write lock, or says that it is enough. Everybody asks again at about the same rate however long
/// they have waited: SQLite's own way, to ask less and less often, lets those starve who came first.
private func waits(try number: Int, _ patience: Duration) -> Bool {
    guard patience > .milliseconds(2) * number else { return false }
    Thread.sleep(forTimeInterval: .random(in: 0.001...0.003))
    return true
}

/// Whether a connection still leads anywhere. (GRDB forbids the use of a closed handle, so it stays open, unused.)
private final class Line: Sendable {
    let isCut = Atomic(false)

    func check() throws {
        if isCut.load(ordering: .acquiring) { throw StoreError.connectionLost("the connection was cut") }
    }
}
