import OTP
import ShopCore
import ShopStore

/// What a database connection is asked about payments.
enum PaymentQuery: Sendable {
    case find(order: Int)
    case claim(order: Int)
    case intendCapture(Payment)
    case intendRefund(Payment)
    case settle(Payment, PaymentOutcome)
}

extension ShopDatabase {
    /// How the payment stands afterwards; nil if there is no such order.
    func answer(_ query: PaymentQuery) async throws -> Payment? {
        switch query {
        case .find(let order): try await payment(order: order)
        case .claim(let order): try await claimPayment(order: order)
        case .intendCapture(let payment): try await intendCapture(payment)
        case .intendRefund(let payment): try await intendRefund(payment)
        case .settle(let payment, let outcome): try await settle(payment, outcome)
        }
    }
}

/// Payments in the books, over the connections. All of it may be asked twice.
struct PaymentBooks: Sendable {
    let connections: ConnectionPool
    /// A planted defect: nothing is written before the bank is asked.
    var skipsIntent = false

    func find(order: Int) async throws(Problem) -> Payment? { try await ask(.find(order: order)) }

    /// Takes charge of the order's payment.
    func claim(order: Int) async throws(Problem) -> Payment? { try await ask(.claim(order: order)) }

    func openOrders() async throws(Problem) -> [Int] { try await connections.ask { .openPayments($0) } }

    func intendCapture(_ payment: Payment) async throws(Problem) -> Payment? {
        if skipsIntent {
            var payment = payment
            payment.state = .capturing
            return payment
        }
        return try await ask(.intendCapture(payment))
    }

    func intendRefund(_ payment: Payment) async throws(Problem) -> Payment? { try await ask(.intendRefund(payment)) }

    func settle(_ payment: Payment, _ outcome: PaymentOutcome) async throws(Problem) -> Payment? {
        if skipsIntent, payment.epoch == 0, let begun = try await ask(.intendCapture(payment)) {
            return try await ask(.settle(begun, outcome))
        }
        return try await ask(.settle(payment, outcome))
    }

    private func ask(_ query: PaymentQuery) async throws(Problem) -> Payment? {
        let answer: Result<Payment?, Problem> = try await connections.ask { .payment(query, $0) }
        return try answer.get()
    }
}
