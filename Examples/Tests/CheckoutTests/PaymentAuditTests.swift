import DrillJudge
import Testing

/// Two orders, one paid and one paid and given back, as everybody has it.
private func rules(_ spoil: (inout Accounts, inout [PaymentAudit.Told]) -> Void) -> Set<String> {
    var accounts = Accounts(
        payments: [
            .init(order: 1, total: 900, key: "a", amount: 900, state: "captured", receipt: 1),
            .init(order: 2, total: 500, key: "b", amount: 500, state: "refunded", receipt: 2, refundReceipt: 3),
        ],
        ledger: [
            .init(receipt: 1, key: "a", amount: 900), .init(receipt: 2, key: "b", amount: 500),
            .init(receipt: 3, key: "r", kind: "refund", amount: 500, capture: "b"),
            .init(receipt: 4, key: "c", amount: 9_999, refusal: "over-limit"),
        ])
    var told: [PaymentAudit.Told] = [
        .init(order: 1, state: "captured", amount: 900, receipt: 1),
        .init(order: 2, state: "captured", amount: 500, receipt: 2),
        .init(order: 2, state: "refunded", amount: 500, receipt: 2, refundReceipt: 3),
    ]
    spoil(&accounts, &told)
    return Set(PaymentAudit(accounts, told: told).findings.map(\.rule.rawValue))
}

@Suite struct PaymentAuditTests {
    @Test("Nothing is found where all three agree") func agreement() {
        #expect(rules { _, _ in } == [])
        #expect(rules { _, told in told = [] } == [])
    }

    @Test("A capture more, a capture less") func doubledAndLost() {
        #expect(
            rules { accounts, _ in accounts.ledger.append(.init(receipt: 5, key: "a", amount: 900)) }
                == ["doubled-payment", "stray-payment", "payment-sum"])
        #expect(
            rules { accounts, _ in accounts.ledger.append(.init(receipt: 5, key: "x", amount: 1)) }
                == ["stray-payment", "payment-sum"])
        #expect(rules { accounts, _ in accounts.ledger.removeFirst() } == ["lost-payment", "payment-sum"])
        #expect(
            rules { accounts, _ in accounts.payments.removeFirst() }
                == ["stray-payment", "lost-payment", "payment-sum"])
    }

    @Test("Other amounts, other receipts") func differences() {
        #expect(
            rules { accounts, _ in accounts.ledger[0].amount = 901 }
                == ["stray-payment", "lost-payment", "payment-sum"])
        #expect(rules { accounts, _ in accounts.payments[0].total = 901 } == ["wrong-payment"])
        #expect(rules { _, told in told[0].amount = 901 } == ["wrong-payment"])
        #expect(rules { _, told in told[0].receipt = 2 } == ["wrong-payment"])
        #expect(rules { _, told in told[2].refundReceipt = 1 } == ["wrong-payment"])
    }

    @Test("What was told and is not so; what is half-way") func told() {
        #expect(
            rules { accounts, _ in
                accounts.payments[0].state = "capturing"
                accounts.payments[0].receipt = nil
            } == ["open-payment", "lost-payment", "wrong-payment", "stray-payment", "payment-sum"])
        #expect(
            rules { accounts, _ in
                accounts.payments[1].state = "refunding"
                accounts.payments[1].refundReceipt = nil
            } == ["open-payment", "lost-payment", "wrong-payment", "stray-payment", "payment-sum"])
        #expect(
            rules { _, told in told.append(.init(order: 3, state: "captured", amount: 1, receipt: 9)) }
                == ["lost-payment"])
        #expect(
            rules { _, told in told.append(.init(order: 1, state: "declined", amount: 900)) }.contains("lost-payment"))
    }

    @Test("That a payment was declined is told by the status; it must not be so that the bank has the money")
    func declined() throws {
        let declined = try #require(
            PaymentAudit.Told(path: "/orders/1/checkout", status: 402, body: #"{"code":"declined"}"#))
        #expect(declined == .init(order: 1, state: "declined", amount: nil))
        #expect(rules { _, told in told.append(declined) } == ["lost-payment", "wrong-payment"])
        #expect(
            rules { accounts, told in
                accounts.payments[0].state = "declined"
                accounts.payments[0].receipt = nil
                accounts.ledger[0].refusal = "over-limit"
                told[0] = declined
            } == [])
        #expect(PaymentAudit.Told(path: "/orders/1/refund", status: 409, body: "{}") == nil)
        #expect(PaymentAudit.Told(path: "/orders/1/checkout", status: 503, body: "{}") == nil)
    }

    @Test("A ledger that is damaged") func integrity() {
        #expect(rules { accounts, _ in accounts.integrity = "row missing" } == ["integrity"])
    }
}
