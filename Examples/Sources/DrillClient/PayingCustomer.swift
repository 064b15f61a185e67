public import DrillLog
import Foundation

/// A customer who orders and pays, one thing after the other.
public struct PayingCustomer {
    private var caller: LoggingCaller
    private let client: Int
    private var orders = 0

    public init(client: Int, port: Int, clock: RunClock, log: LineWriter, giveUpAfter: Double = 20_000) {
        caller = LoggingCaller(
            client: client, port: port, clock: clock, log: log, tally: Tally(), giveUpAfter: giveUpAfter)
        self.client = client
    }

    /// Fills a cart and orders it; the order's number.
    public mutating func order(_ quantity: Int = 2) async throws -> Int? {
        orders += 1
        let cart = "p\(client)-\(orders)"
        let put = LoggingCaller.Request(
            operation: "cart", method: "PUT", path: "/carts/\(cart)/lines/tea", body: #"{"quantity":\#(quantity)}"#)
        guard let filled = try await caller.ask(put), filled.status == 200 else { return nil }
        let order = LoggingCaller.Request(
            operation: "order", method: "POST", path: "/orders", key: "key-\(cart)", body: filled.body)
        return try await caller.ask(order).flatMap { Numbered($0.body)?.order }
    }

    /// Pays for it; asks again until it is known whether that was done, or walks away after the first attempt.
    public mutating func pay(_ order: Int, insists: Bool = true) async throws -> HTTPAnswer? {
        try await caller.ask(.checkout(order, insists: insists), insists: insists)
    }

    public mutating func askBack(_ order: Int) async throws -> HTTPAnswer? {
        try await caller.ask(.refund(order))
    }

    /// How the payment stands.
    public mutating func payment(of order: Int) async throws -> HTTPAnswer? {
        try await caller.ask(
            .init(operation: "payment", method: "GET", path: "/orders/\(order)/checkout"))
    }

    public func close() { caller.close() }
}

extension LoggingCaller.Request {
    static func checkout(_ order: Int, insists: Bool) -> Self {
        .init(
            operation: insists ? "checkout" : "checkout-once", method: "POST", path: "/orders/\(order)/checkout")
    }

    static func refund(_ order: Int) -> Self {
        .init(operation: "refund", method: "POST", path: "/orders/\(order)/refund")
    }
}

/// An order as far as paying for it needs it.
struct Numbered: Decodable {
    let order: Int

    init?(_ body: String) {
        guard let numbered = try? JSONDecoder().decode(Numbered.self, from: Data(body.utf8)) else { return nil }
        self = numbered
    }
}
