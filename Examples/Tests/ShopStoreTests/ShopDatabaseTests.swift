import Foundation
import GRDB
import ShopCore
import ShopStore
import Testing

private struct Shop: ~Copyable {
    let folder: URL
    var path: String { folder.appending(path: "shop.sqlite").path }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "shop-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try ShopDatabase.create(path: path)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
}

private func draft(key: String, request: String = "r", cart: String = "ann", incarnation: String = "1") -> OrderDraft {
    OrderDraft(
        key: key, request: request, cart: cart, version: CartVersion(incarnation: incarnation, changes: 1),
        lines: [
            CartLine(product: "tea", quantity: 2, price: Cents(450)),
            CartLine(product: "salt", quantity: 1, price: Cents(199)),
        ])
}

@Test("The same key and request give the same order, however often and on whichever connection") func sameOrder()
    async throws
{
    let shop = try Shop()
    let one = try ShopDatabase(path: shop.path)
    let other = try ShopDatabase(path: shop.path)
    let first = try await one.place(draft(key: "k"))
    let again = try await other.place(draft(key: "k"))
    #expect(again == .alreadyPlaced(first.order))
    #expect(first.order.total == Cents(1_099))
    #expect(try await other.order(id: first.order.order) == first.order)
}

@Test("The same key for another request is 422, another key for the same cart 409") func refusals() async throws {
    let shop = try Shop()
    let database = try ShopDatabase(path: shop.path)
    _ = try await database.place(draft(key: "k"))
    let reused = await #expect(throws: StoreError.self) {
        try await database.place(draft(key: "k", request: "other", cart: "bob"))
    }
    guard case .refused(let problem) = reused else {
        Issue.record("not refused: \(String(describing: reused))"); return
    }
    #expect(problem.status == 422)
    let twice = await #expect(throws: StoreError.self) { try await database.place(draft(key: "k2")) }
    guard case .refused(let conflict) = twice else { Issue.record("not refused: \(String(describing: twice))"); return }
    #expect(conflict.status == 409)
    await #expect(throws: StoreError.self) { try await database.order(key: "k", request: "other") }
}

@Test("A refusal that comes first is final, and one that comes second finds the order") func refusal() async throws {
    let shop = try Shop()
    let database = try ShopDatabase(path: shop.path)
    let version = CartVersion(incarnation: "1", changes: 1)
    let request = OrderRequest(cart: "ann", version: version)
    #expect(try await database.refuse(key: "k", request: request) == nil)
    let late = await #expect(throws: StoreError.self) {
        try await database.place(draft(key: "k", request: request.canonical))
    }
    guard case .refused(let problem) = late else { Issue.record("\(String(describing: late))"); return }
    #expect(problem.status == 410)
    let placed = try await database.place(draft(key: "k2", request: request.canonical)).order
    #expect(try await database.refuse(key: "k2", request: request) == placed)
}

@Test("Ten connections write at once, nothing is locked and nothing doubled") func concurrent() async throws {
    let shop = try Shop()
    let path = shop.path
    try await withThrowingTaskGroup(of: Void.self) { group in
        for connection in 0..<10 {
            group.addTask {
                let database = try ShopDatabase(path: path)
                for order in 0..<10 {
                    // Every order is sent by two connections.
                    let number = (connection / 2) * 10 + order
                    _ = try await database.place(draft(key: "k\(number)", request: "r\(number)", cart: "c\(number)"))
                }
            }
        }
        try await group.waitForAll()
    }
    let counts = try await DatabaseQueue(path: path).read { db in
        (
            try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM orders"),
            try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM order_lines"),
            try String.fetchOne(db, sql: "PRAGMA journal_mode")
        )
    }
    #expect(counts.0 == 50)
    #expect(counts.1 == 100)
    #expect(counts.2 == "wal")
}

@Test("A write lock that is not given in time is a failure of its own kind") func locked() async throws {
    let shop = try Shop()
    var holding = Configuration()
    holding.allowsUnsafeTransactions = true
    let holder = try DatabaseQueue(path: shop.path, configuration: holding)
    let waiting = try ShopDatabase(path: shop.path, patience: .milliseconds(30))
    try await holder.writeWithoutTransaction { db in try db.execute(sql: "BEGIN IMMEDIATE") }
    await #expect(throws: StoreError.locked) { try await waiting.place(draft(key: "k")) }
    try await holder.writeWithoutTransaction { db in try db.execute(sql: "ROLLBACK") }
    _ = try await waiting.place(draft(key: "k"))
}

@Test("A connection that was cut says so, writes nothing, and leaves the others alone") func cut() async throws {
    let shop = try Shop()
    let database = try ShopDatabase(path: shop.path)
    let other = try ShopDatabase(path: shop.path)
    database.cut()
    let error = await #expect(throws: StoreError.self) { try await database.place(draft(key: "k")) }
    guard case .connectionLost = error else { Issue.record("\(String(describing: error))"); return }
    await #expect(throws: StoreError.self) { try await database.check() }
    #expect(try await other.order(key: "k", request: "r") == nil)
    _ = try await other.place(draft(key: "k"))
}

@Test("A new shop sells something, and creating it twice changes nothing") func assortment() async throws {
    let shop = try Shop()
    try ShopDatabase.create(path: shop.path)
    let database = try ShopDatabase(path: shop.path)
    #expect(try await database.products().count == Product.assortment.count)
    #expect(try await database.product("tea")?.price == Cents(450))
    #expect(try await database.product("nothing") == nil)
}
