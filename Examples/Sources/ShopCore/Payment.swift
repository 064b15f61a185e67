/// How the payment of an order stands in the books.
public struct Payment: Hashable, Sendable {
    public enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// Nothing has been intended yet.
        case unpaid
        /// The bank may have been asked. What it did is unknown: this is neither paid nor failed.
        case capturing
        case captured
        /// The bank will never take the money for this order.
        case declined
        /// The bank may have been asked to give the money back; unknown whether it has.
        case refunding
        case refunded

        /// Whether what the bank did is unknown.
        public var isOpen: Bool { self == .capturing || self == .refunding }
    }

    public let order: Int
    /// Under which the bank takes the money: made from the order, whoever asks and however often.
    public let key: String
    public let amount: Cents
    public var state: State
    /// Counts those who took charge of it. Whoever has an older number may not write any more.
    public var epoch: Int
    /// The bank's number of the capture.
    public var receipt: Int?
    /// The bank's number of the refund.
    public var refundReceipt: Int?
    /// Why it was declined, in a word of the bank's.
    public var why: String?

    public init(
        order: Int, key: String, amount: Cents, state: State = .unpaid, epoch: Int = 0, receipt: Int? = nil,
        refundReceipt: Int? = nil, why: String? = nil
    ) {
        self.order = order
        self.key = key
        self.amount = amount
        self.state = state
        self.epoch = epoch
        self.receipt = receipt
        self.refundReceipt = refundReceipt
        self.why = why
    }

    /// The capture key of an order. Ids begin anew in a new database, incarnations of carts never come again.
    public static func key(order: Int, incarnation: String) -> String { "order-\(order)-\(incarnation)" }

    /// The key under which the bank gives the money back.
    public var refundKey: String { "refund-\(key)" }

    public var document: PaymentDocument {
        PaymentDocument(
            order: order, state: state, amount: amount, receipt: receipt, refundReceipt: refundReceipt, why: why)
    }
}

/// What became of an open payment.
public enum PaymentOutcome: Hashable, Sendable {
    case captured(receipt: Int)
    case declined(why: String)
    case refunded(receipt: Int)
    /// The bank keeps the money: it stays captured.
    case refundRefused(why: String)
}

/// A payment as its customer sees it.
public struct PaymentDocument: Hashable, Sendable, Codable {
    public let order: Int
    public let state: Payment.State
    public let amount: Cents
    public let receipt: Int?
    public let refundReceipt: Int?
    public let why: String?

    /// Whether the customer has to ask again.
    public var isOpen: Bool { state.isOpen }
}
