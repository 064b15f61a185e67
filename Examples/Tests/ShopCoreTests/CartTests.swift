import ShopCore
import Testing

private let tea = Product(id: "tea", name: "Tea", price: Cents(450))
private let salt = Product(id: "salt", name: "Salt", price: Cents(199))

private func filled() throws -> Cart {
    var cart = Cart(name: "ann", incarnation: "5f3a")
    try cart.set(tea, quantity: 2)
    try cart.set(salt, quantity: 1)
    return cart
}

private func problem(_ body: () throws -> Void) -> Problem? {
    do { try body() } catch { return error as? Problem }
    return nil
}

@Test("A cart adds up, in cents, and each change is a version") func adds() throws {
    let cart = try filled()
    #expect(cart.document.total == Cents(1_099))
    #expect(cart.document.total.description == "10.99")
    #expect(cart.document.version == "5f3a.2")
}

@Test("Setting what is already so is no change") func idempotent() throws {
    var cart = try filled()
    try cart.set(tea, quantity: 2)
    #expect(cart.version.changes == 2)
    try cart.set(tea, quantity: 0)
    #expect(cart.document.lines.map(\.product) == ["salt"])
    try cart.set(tea, quantity: 0)
    #expect(cart.version.changes == 3)
}

@Test("Quantities outside 0 to 99 are refused", arguments: [-1, 100, Int.max, Int.min]) func quantities(_ quantity: Int)
    throws
{
    var cart = try filled()
    #expect(problem { try cart.set(tea, quantity: quantity) }?.code == "bad_quantity")
    #expect(cart.version.changes == 2)
}

@Test("An order holds the cart still until it is released, and can be asked for again under its key") func checkOut()
    throws
{
    var cart = try filled()
    let request = OrderRequest(cart: "ann", version: cart.version)
    let draft = try cart.checkOut(request, key: "k1")
    #expect(draft.lines.total == Cents(1_099))
    #expect(try cart.checkOut(request, key: "k1") == draft)
    #expect(problem { _ = try cart.checkOut(request, key: "k2") }?.code == "being_ordered")
    #expect(problem { try cart.set(tea, quantity: 9) }?.code == "being_ordered")
    cart.release(key: "k2")
    #expect(problem { try cart.set(tea, quantity: 9) }?.code == "being_ordered")
    cart.release(key: "k1")
    try cart.set(tea, quantity: 9)
}

@Test("An order for another version is a conflict, for another incarnation gone") func versions() throws {
    var cart = try filled()
    let older = OrderRequest(cart: "ann", version: CartVersion(incarnation: "5f3a", changes: 1))
    #expect(problem { _ = try cart.checkOut(older, key: "k") }?.status == 409)
    let lost = OrderRequest(cart: "ann", version: CartVersion(incarnation: "0bad", changes: 2))
    #expect(problem { _ = try cart.checkOut(lost, key: "k") }?.status == 410)
}

@Test("What the customer believes to order must be what is in the cart") func beliefs() throws {
    var cart = try filled()
    let wrongTotal = OrderRequest(cart: "ann", version: cart.version, total: Cents(1))
    #expect(problem { _ = try cart.checkOut(wrongTotal, key: "k") }?.code == "total_differs")
    let wrongLines = OrderRequest(cart: "ann", version: cart.version, lines: [.init(product: "tea", quantity: 3)])
    #expect(problem { _ = try cart.checkOut(wrongLines, key: "k") }?.code == "lines_differ")
    var empty = Cart(name: "bob", incarnation: "1")
    #expect(
        problem { _ = try empty.checkOut(OrderRequest(cart: "bob", version: empty.version), key: "k") }?.code
            == "cart_empty")
}

@Test("A bucket runs dry, fills again, and forgets the full ones") func buckets() {
    var buckets = TokenBuckets(capacity: 3, refill: 2, mostClients: 2)
    #expect((1...4).map { _ in buckets.take(for: "ann") } == [true, true, true, false])
    #expect(["bob", "a third, made up"].map { buckets.take(for: $0) } == [true, false])
    buckets.refillAll()
    #expect(buckets.clients == 1)
    #expect((1...3).map { _ in buckets.take(for: "ann") } == [true, true, false])
}
