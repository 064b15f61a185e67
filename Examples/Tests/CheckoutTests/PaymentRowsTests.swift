import Foundation
import ShopCore
import ShopStore
import Testing

/// A database with one order in it, of 9.00.
private func withOrder(_ body: (ShopDatabase, Int) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "payments-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "shop.sqlite").path
    try ShopDatabase.create(path: path)
    let database = try ShopDatabase(path: path)
    let draft = OrderDraft(
        key: "k", request: "r", cart: "ann", version: CartVersion(incarnation: "5f", changes: 1),
        lines: [CartLine(product: "tea", quantity: 2, price: Cents(450))])
    try await body(database, database.place(draft).order.order)
    try database.close()
}

@Suite struct PaymentRowsTests {
    @Test("The key is made from the order: the same before the intent and after it, whoever asks") func key()
        async throws
    {
        try await withOrder { database, order in
            let before = try #require(try await database.payment(order: order))
            #expect(before == Payment(order: order, key: "order-\(order)-5f", amount: Cents(900)))
            let begun = try #require(try await database.intendCapture(before))
            #expect(begun.key == before.key)
            #expect(begun.state == .capturing)
            #expect(try await database.openPayments() == [order])
            #expect(try await database.claimPayment(order: order + 1) == nil)
        }
    }

    @Test("Who has been overtaken may not write: the final update is conditional on state and epoch")
    func fencing() async throws {
        try await withOrder { database, order in
            let unpaid = try #require(try await database.claimPayment(order: order))
            let old = try #require(try await database.intendCapture(unpaid))
            let new = try #require(try await database.claimPayment(order: order))
            #expect(new.epoch == old.epoch + 1)
            #expect(try await database.settle(old, .declined(why: "late")) == new)
            let settled = try #require(try await database.settle(new, .captured(receipt: 7)))
            #expect(settled.state == .captured && settled.receipt == 7)
            // Asked again it changes nothing, and says the same.
            #expect(try await database.settle(new, .captured(receipt: 8)) == settled)
            #expect(try await database.settle(new, .declined(why: "no")) == settled)
            #expect(try await database.openPayments() == [])
        }
    }

    @Test("An intent that is there already is taken over, not written twice") func intent() async throws {
        try await withOrder { database, order in
            let unpaid = try #require(try await database.payment(order: order))
            let first = try #require(try await database.intendCapture(unpaid))
            let second = try #require(try await database.intendCapture(unpaid))
            #expect(second.epoch == first.epoch + 1)
            #expect(try await database.settle(first, .captured(receipt: 1)) == second)
        }
    }

    @Test("Only what is known to be captured can be asked back") func refund() async throws {
        try await withOrder { database, order in
            let unpaid = try #require(try await database.payment(order: order))
            let open = try #require(try await database.intendCapture(unpaid))
            #expect(try await database.intendRefund(open)?.state == .capturing)
            let captured = try #require(try await database.settle(open, .captured(receipt: 1)))
            let refunding = try #require(try await database.intendRefund(captured))
            #expect(refunding.state == .refunding)
            #expect(try await database.openPayments() == [order])
            let refunded = try #require(try await database.settle(refunding, .refunded(receipt: 2)))
            #expect(refunded.state == .refunded && refunded.receipt == 1 && refunded.refundReceipt == 2)
            #expect(try await database.intendRefund(refunded)?.state == .refunded)
        }
    }
}
