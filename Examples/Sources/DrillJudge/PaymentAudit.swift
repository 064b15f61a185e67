import Foundation

/// Whether the money went where everybody believes it went: each capture exactly once over what customers were told, the
/// shop's database and the bank's ledger, key by key and in sum; and nothing left half-way.
public struct PaymentAudit: Sendable {
    /// What a customer was told of a payment.
    public struct Told: Decodable, Hashable, Sendable {
        public var order: Int
        public var state: String
        /// Nil if that was not told.
        public var amount: Int?
        public var receipt: Int?
        public var refundReceipt: Int?

        public init(order: Int, state: String, amount: Int?, receipt: Int? = nil, refundReceipt: Int? = nil) {
            self.order = order
            self.state = state
            self.amount = amount
            self.receipt = receipt
            self.refundReceipt = refundReceipt
        }

        /// From the body of an answer; nil if that tells of no payment.
        public init?(_ body: String) {
            guard let told = try? JSONDecoder().decode(Told.self, from: Data(body.utf8)) else { return nil }
            self = told
        }

        /// From an answer to a request: a refusal to take the money is told by the status alone.
        public init?(path: String?, status: Int, body: String) {
            if status < 300 {
                self.init(body)
            } else {
                let parts = path?.split(separator: "/") ?? []
                guard status == 402, parts.count == 3, parts[2] == "checkout", let order = Int(parts[1]) else {
                    return nil
                }
                self.init(order: order, state: "declined", amount: nil)
            }
        }
    }

    private let accounts: Accounts
    private let told: [Told]
    private let payments: [String: Accounts.Payment]
    private let moved: [String: [Accounts.Entry]]

    public init(_ accounts: Accounts, told: [Told]) {
        self.accounts = accounts
        self.told = told
        payments = Dictionary(accounts.payments.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        moved = Dictionary(grouping: accounts.ledger.filter { $0.refusal == nil }, by: \.key)
    }

    public var findings: [Verdict.Finding] {
        let integrity = accounts.integrity == "ok" ? [] : [Verdict.Finding(.integrity, "ledger: \(accounts.integrity)")]
        return integrity + ledgerFindings() + bookFindings() + customerFindings() + sumFindings()
    }

    // MARK: From the ledger to the database

    private func ledgerFindings() -> [Verdict.Finding] {
        var findings: [Verdict.Finding] = []
        for (key, entries) in moved.sorted(by: { $0.key < $1.key }) {
            if entries.count > 1 {
                findings.append(.init(.doubledPayment, "key \(key): the bank moved money \(entries.count) times"))
            }
            for entry in entries where !isKnown(entry) {
                findings.append(
                    .init(.strayPayment, "key \(key), \(entry.kind) of \(entry.amount): not so in the database"))
            }
        }
        return findings
    }

    /// Whether the database has it as the ledger has it.
    private func isKnown(_ entry: Accounts.Entry) -> Bool {
        if entry.kind == "capture" {
            guard let payment = payments[entry.key], payment.amount == entry.amount else { return false }
            return payment.receipt == entry.receipt
        }
        guard let payment = entry.capture.flatMap({ payments[$0] }), payment.amount == entry.amount else {
            return false
        }
        return payment.state == "refunded" && payment.refundReceipt == entry.receipt
    }

    // MARK: From the database to the ledger

    private func bookFindings() -> [Verdict.Finding] {
        let entries = Dictionary(accounts.ledger.map { ($0.receipt, $0) }, uniquingKeysWith: { first, _ in first })
        var findings: [Verdict.Finding] = []
        for payment in accounts.payments {
            let place = "order \(payment.order), key \(payment.key)"
            if payment.state.hasSuffix("ing") { findings.append(.init(.openPayment, "\(place): \(payment.state)")) }
            if payment.amount != payment.total {
                findings.append(
                    .init(.wrongPayment, "\(place): \(payment.amount) for an order of \(payment.total)"))
            }
            if let receipt = payment.receipt {
                let entry = entries[receipt]
                if entry?.key != payment.key || entry?.amount != payment.amount || entry?.refusal != nil {
                    findings.append(.init(.lostPayment, "\(place): the bank knows of no capture \(receipt)"))
                }
            }
            if let receipt = payment.refundReceipt {
                let entry = entries[receipt]
                if entry?.capture != payment.key || entry?.amount != payment.amount || entry?.refusal != nil {
                    findings.append(.init(.lostPayment, "\(place): the bank knows of no refund \(receipt)"))
                }
            }
        }
        return findings
    }

    // MARK: From what customers were told to the database

    private func customerFindings() -> [Verdict.Finding] {
        let byOrder = Dictionary(accounts.payments.map { ($0.order, $0) }, uniquingKeysWith: { first, _ in first })
        var findings: [Verdict.Finding] = []
        for told in Set(told).sorted(by: { ($0.order, $0.state) < ($1.order, $1.state) }) {
            guard told.state == "captured" || told.state == "refunded" || told.state == "declined" else { continue }
            let place = "order \(told.order), told to be \(told.state)"
            guard let payment = byOrder[told.order] else {
                findings.append(.init(.lostPayment, "\(place): not in the database"))
                continue
            }
            // What was captured may have been given back since.
            let isKept = payment.state == told.state || (told.state == "captured" && payment.receipt != nil)
            if !isKept { findings.append(.init(.lostPayment, "\(place): is \(payment.state)")) }
            let isSame =
                payment.amount == told.amount ?? payment.amount && payment.receipt == told.receipt
                && (told.state != "refunded" || payment.refundReceipt == told.refundReceipt)
            if !isSame { findings.append(.init(.wrongPayment, "\(place): not with this amount and receipt")) }
        }
        return findings
    }

    private func sumFindings() -> [Verdict.Finding] {
        let done = accounts.ledger.filter { $0.refusal == nil }
        let bank = done.reduce(0) { $0 + ($1.kind == "capture" ? $1.amount : -$1.amount) }
        let shop = accounts.payments.filter { $0.state == "captured" || $0.state == "refunding" }
            .reduce(0) { $0 + $1.amount }
        return bank == shop ? [] : [.init(.paymentSum, "the bank has moved \(bank), the shop believes \(shop)")]
    }
}
