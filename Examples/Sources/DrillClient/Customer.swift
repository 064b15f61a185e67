public import DrillLog
import Foundation

/// One customer of the drill: opens a session, fills carts, orders them, looks at things, now and then sends what is
/// not in order, for as long as the run lasts.
public struct Customer<Random: RandomNumberGenerator> {
    private var caller: LoggingCaller
    private let client: Int
    private let isEnough: @Sendable () -> Bool
    private let products = ["tea", "coffee", "honey", "rye", "butter", "salt", "oil", "apples", "cheese", "soap"]
    private var random: Random
    private var carts = 0

    /// - Parameters:
    ///   - end: milliseconds of the run after which no new request begins.
    ///   - giveUpAfter: milliseconds after which an undecided request is left so.
    public init(
        client: Int, port: Int, clock: RunClock, log: LineWriter, tally: Tally, random: Random,
        end: Double, giveUpAfter: Double = 10_500
    ) {
        self.init(
            client: client, port: port, clock: clock, log: log, tally: tally, random: random, giveUpAfter: giveUpAfter
        ) { clock.now >= end }
    }

    /// - Parameters:
    ///   - giveUpAfter: milliseconds after which an undecided request is left so.
    ///   - patience: for how long one answer is waited for before it is asked again.
    ///   - isEnough: whether no new request is to begin any more.
    public init(
        client: Int, port: Int, clock: RunClock, log: LineWriter, tally: Tally, random: Random, giveUpAfter: Double,
        patience: Duration = .seconds(3), isEnough: @escaping @Sendable () -> Bool
    ) {
        caller = LoggingCaller(
            client: client, port: port, clock: clock, log: log, tally: tally, giveUpAfter: giveUpAfter,
            patience: patience)
        self.client = client
        self.random = random
        self.isEnough = isEnough
    }

    public mutating func run() async throws {
        while !isEnough(), !Task.isCancelled {
            try await shop()
        }
        caller.close()
    }

    /// One cart, from empty to ordered.
    private mutating func shop() async throws {
        carts += 1
        // Few names, so that a name comes again with another cart behind it.
        let cart = "c\(client)-\(carts % 3)"
        var document: Document?
        for product in products.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random)) {
            guard !isEnough() else { return }
            document = try await put(product, in: cart) ?? document
        }
        guard let document, !isEnough() else { return }
        switch Int.random(in: 0..<20, using: &random) {
        case 0: try await orderStale(document)
        case 1: _ = try await ask("products", "GET", "/products")
        case 2: _ = try await ask("product", "GET", "/products/\(products.randomElement(using: &random) ?? "tea")")
        case 3: _ = try await ask("cart", "GET", "/carts/\(cart)")
        case 4, 5: _ = try await ask("profile", "GET", "/profiles/\(cart)")
        case 6: _ = try await ask("configuration", "GET", "/configuration/recent-orders")
        case 7: try await configure()
        default: break
        }
        try await order(document)
    }

    private mutating func configure() async throws {
        if Bool.random(using: &random) {
            _ = try await ask("configuration", "POST", "/configuration/reload")
        } else {
            let count = Int.random(in: 1...9, using: &random)
            _ = try await ask(
                "configuration", "PUT", "/configuration/recent-orders", body: #"{"value":"\#(count)"}"#)
        }
    }

    private mutating func put(_ product: String, in cart: String) async throws -> Document? {
        let quantity = Int.random(in: 1...5, using: &random)
        let answer = try await ask(
            "cart", "PUT", "/carts/\(cart)/lines/\(product)", body: #"{"quantity":\#(quantity)}"#)
        guard let answer, answer.status == 200 else { return nil }
        return Document(answer.body)
    }

    private mutating func order(_ document: Document) async throws {
        let key = newKey()
        guard let answer = try await ask("order", "POST", "/orders", key: key, body: document.text) else { return }
        if answer.status < 300, let order = Numbered(answer.body)?.order { try await pay(order) }
        guard answer.status < 300, Int.random(in: 0..<10, using: &random) == 0 else { return }
        // The same once more: the same order. And its key for something else: refused.
        _ = try await ask("order", "POST", "/orders", key: key, body: document.text)
        _ = try await ask("reuse", "POST", "/orders", key: key, body: #"{"cart":"other","version":"0.1"}"#)
    }

    /// Half of those who pay ask until it is known; the others walk away, whatever they were told. A few never pay, and a
    /// few want their money back, whether they have paid or not.
    private mutating func pay(_ order: Int) async throws {
        let mood = Int.random(in: 0..<20, using: &random)
        if mood > 1 { _ = try await pause(then: .checkout(order, insists: mood > 10), insists: mood > 10) }
        if mood.isMultiple(of: 9) { _ = try await pause(then: .refund(order)) }
    }

    /// Names a version that the cart has left behind: 409, or 410 when it is gone.
    private mutating func orderStale(_ document: Document) async throws {
        _ = try await ask("order", "POST", "/orders", key: newKey(), body: document.older)
    }

    private mutating func newKey() -> String {
        "k\(client)-" + String(UInt64.random(in: 0...UInt64.max, using: &random), radix: 36)
    }

    private mutating func ask(
        _ operation: String, _ method: String, _ path: String, key: String? = nil, body: String? = nil
    ) async throws -> HTTPAnswer? {
        try await pause(then: .init(operation: operation, method: method, path: path, key: key, body: body))
    }

    /// As a person would, only quicker: no faster than any limit that is meant for one.
    private mutating func pause(
        then request: LoggingCaller.Request, insists: Bool = true
    ) async throws -> HTTPAnswer? {
        try await Task.sleep(for: .milliseconds(Int.random(in: 5...25, using: &random)))
        return try await caller.ask(request, insists: insists)
    }
}

/// A cart as the shop described it.
struct Document {
    let text: String
    private let cart: String
    private let version: String

    init?(_ text: String) {
        struct Head: Decodable { let cart: String, version: String }
        guard let head = try? JSONDecoder().decode(Head.self, from: Data(text.utf8)) else { return nil }
        self.text = text
        cart = head.cart
        version = head.version
    }

    /// An order for this cart as it was before its first line.
    var older: String {
        let incarnation = version.split(separator: ".").first ?? ""
        return #"{"cart":"\#(cart)","version":"\#(incarnation).0"}"#
    }
}
