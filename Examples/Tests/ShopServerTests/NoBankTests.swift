import DrillClient
import Testing

extension ShopTests {
    @Suite struct NoBank {
        @Test("A shop without a bank says so, and begins nothing") func noBank() async throws {
            try await OpenShop.with { shop in
                _ = try await shop.ask("POST", "/orders", try await shop.fill("ann"), key: "k")
                let answer = try await shop.ask("POST", "/orders/1/checkout")
                #expect(answer.status == 503 && answer.code == "no_bank")
                #expect(try await shop.ask("GET", "/orders/1/checkout").json["state"] as? String == "unpaid")
                let refund = try await shop.ask("POST", "/orders/1/refund")
                #expect(refund.status == 503 && refund.code == "no_bank")
            }
        }
    }
}
