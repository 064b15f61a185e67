import DrillClient
import Foundation
import OTP
import Testing

@testable import Drill
@testable import ShopServer

/// A customer at the counter: asks one thing after the other.
private struct Counter {
    let street: Street
    private let client: HTTPConnection

    init(_ street: Street) async throws {
        self.street = street
        client = try await HTTPConnection.open(port: street.shopPort)
    }

    func close() async {
        client.close()
        _ = await street.close()
        street.remove()
    }

    func ask(_ method: String, _ path: String, _ body: String? = nil, key: String? = nil) async throws -> HTTPAnswer {
        try await client.send(
            method, path, headers: key.map { [("Idempotency-Key", $0)] } ?? [], body: body, within: .seconds(20))
    }

    /// An order for so many packets of tea at 4.50.
    func order(_ quantity: Int, cart: String = "ann") async throws -> Int {
        let filled = try await ask("PUT", "/carts/\(cart)/lines/tea", #"{"quantity":\#(quantity)}"#)
        let order = try await ask("POST", "/orders", filled.body, key: cart)
        return try #require(order.fields["order"] as? Int)
    }

    func state(of order: Int) async throws -> String? {
        try await ask("GET", "/orders/\(order)/checkout").fields["state"] as? String
    }

    func wait(for state: String, of order: Int) async throws {
        while try await self.state(of: order) != state { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// The process that was hit.
    func fault(_ kind: String, _ role: String) async throws -> String? {
        let body = #"{"kind":"\#(kind)","role":"\#(role)","index":0}"#
        return try await street.door("POST", "/faults", body).fields["process"] as? String
    }

    /// Waits until another process serves in its place.
    func waitForSuccessor(of process: String, _ role: String) async throws {
        while true {
            let answer = try await street.door("GET", "/faults/parts/\(role)/0")
            if answer.status == 200, answer.fields["process"] as? String != process { return }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

extension HTTPAnswer {
    fileprivate var fields: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
    }
    fileprivate var code: String? { fields["code"] as? String }
}

@Suite(.timeLimit(.minutes(2))) struct CheckoutTests {
    private func withCounter(_ body: (Counter) async throws -> Void) async throws {
        let counter = try await Counter(try await Street(bankOptions: ["--limit", "1000"]))
        do { try await body(counter) } catch {
            await counter.close()
            throw error
        }
        await counter.close()
    }

    @Test("An order is paid once and given back once, however often that is asked") func payAndRefund() async throws {
        try await withCounter { counter in
            let order = try await counter.order(2)
            #expect(try await counter.state(of: order) == "unpaid")
            #expect(try await counter.ask("POST", "/orders/\(order)/refund").code == "not_paid")
            let paid = try await counter.ask("POST", "/orders/\(order)/checkout")
            #expect(paid.status == 200)
            #expect(paid.fields["state"] as? String == "captured")
            #expect(paid.fields["amount"] as? Int == 900)
            #expect(try await counter.ask("POST", "/orders/\(order)/checkout").body == paid.body)
            let back = try await counter.ask("POST", "/orders/\(order)/refund")
            #expect(back.status == 200)
            #expect(back.fields["state"] as? String == "refunded")
            #expect(try await counter.ask("POST", "/orders/\(order)/refund").body == back.body)
            let again = try await counter.ask("POST", "/orders/\(order)/checkout")
            #expect(again.status == 409 && again.code == "refunded")
        }
    }

    @Test("Two who pay for the same order at once pay once") func together() async throws {
        try await withCounter { counter in
            let order = try await counter.order(1)
            let port = counter.street.shopPort
            let answers = try await withThrowingTaskGroup(of: HTTPAnswer.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await HTTPConnection.open(port: port).send(
                            "POST", "/orders/\(order)/checkout", within: .seconds(20))
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert("\($1.status) \($1.body)") }
            }
            #expect(answers.count == 1)
            #expect(answers.first?.hasPrefix("200") == true)
        }
    }

    @Test("What the bank declines is declined for good, and the customer is told why") func declined() async throws {
        try await withCounter { counter in
            let order = try await counter.order(3)
            for _ in 0..<2 {
                let answer = try await counter.ask("POST", "/orders/\(order)/checkout")
                #expect(answer.status == 402)
                #expect(answer.code == "declined")
                #expect(answer.body.contains("over-limit"))
            }
            #expect(try await counter.state(of: order) == "declined")
            #expect(try await counter.ask("POST", "/orders/\(order)/refund").code == "not_paid")
        }
    }

    @Test("A refund that the bank refuses is told as refused: the money stays where it is") func refundRefused()
        async throws
    {
        try await withCounter { counter in
            let order = try await counter.order(2)
            #expect(try await counter.ask("POST", "/orders/\(order)/checkout").status == 200)
            // By hand, without the shop.
            let key = try #require(try counter.street.key(of: order))
            let clerk = try await RawClient(port: counter.street.bank.port)
            try await clerk.send("refund by-hand 900 \(key)\n")
            #expect(await clerk.lines.first { _ in true } == "done by-hand 900 2")
            clerk.close()
            for _ in 0..<2 {
                let answer = try await counter.ask("POST", "/orders/\(order)/refund")
                #expect(answer.status == 409 && answer.code == "refund_refused")
                #expect(answer.body.contains("more-than-captured"))
            }
            #expect(try await counter.state(of: order) == "captured")
        }
    }

    @Test("While the bank is away it is unknown: not failed, not refundable, and settled when the bank is back")
    func unknown() async throws {
        try await withCounter { counter in
            await counter.street.endBank()
            let order = try await counter.order(2)
            let answer = try await counter.ask("POST", "/orders/\(order)/checkout")
            #expect(answer.status == 202)
            #expect(answer.headers["retry-after"] != nil)
            #expect(answer.fields["state"] as? String == "capturing")
            let refund = try await counter.ask("POST", "/orders/\(order)/refund")
            #expect(refund.status == 409 && refund.code == "payment_unknown")
            try await counter.street.startBank()
            try await counter.wait(for: "captured", of: order)
            #expect(try await counter.ask("POST", "/orders/\(order)/checkout").status == 200)
        }
    }

    @Test("A refund is unknown as well while the bank is away") func unknownRefund() async throws {
        try await withCounter { counter in
            let order = try await counter.order(2)
            #expect(try await counter.ask("POST", "/orders/\(order)/checkout").status == 200)
            await counter.street.endBank()
            #expect(try await counter.ask("POST", "/orders/\(order)/refund").status == 202)
            #expect(try await counter.ask("POST", "/orders/\(order)/checkout").code == "refunded")
            try await counter.street.startBank()
            try await counter.wait(for: "refunded", of: order)
        }
    }

    @Test("A payment that is killed is taken up where the books say, also when all of them are") func killed()
        async throws
    {
        try await withCounter { counter in
            await counter.street.endBank()
            let order = try await counter.order(2)
            #expect(try await counter.ask("POST", "/orders/\(order)/checkout").status == 202)
            for (kind, role) in [("throw", "payment"), ("kill-worker", "payment"), ("kill-supervisor", "payments")] {
                let hit = try #require(try await counter.fault(kind, role))
                try await counter.waitForSuccessor(of: hit, role)
            }
            try await counter.street.startBank()
            try await counter.wait(for: "captured", of: order)
        }
    }

    @Test("What cannot be is refused, and says why") func refused() async throws {
        try await withCounter { counter in
            let requests = [
                ("POST", "7/checkout", 404), ("GET", "7/checkout", 404), ("POST", "7/refund", 404),
                ("POST", "x/checkout", 400), ("POST", "0/checkout", 400), ("POST", "-1/checkout", 400),
            ]
            for (method, path, status) in requests {
                let answer = try await counter.ask(method, "/orders/\(path)")
                #expect(answer.status == status, "\(method) \(path)")
            }
        }
    }

    @Test("The graphs hold no state that nothing leads to and none without a way out") func graphs() {
        #expect(BankLink.graph.problems.isEmpty)
        #expect(OrderPayment.graph.problems.isEmpty)
    }
}
