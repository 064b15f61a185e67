import OTP
import ShopCore
import ShopStore

/// What a database connection is asked about payments.
enum PaymentQuery: Sendable {
    case find(order: Int, Reply<Payment?>)
    case claim(order: Int, Reply<Payment?>)
    case intendCapture(Payment, Reply<Payment?>)
    case intendRefund(Payment, Reply<Payment?>)
    case settle(Payment, PaymentOutcome, Reply<Payment?>)
    case open(Reply<[Int]>)
}

extension ShopDatabase {
    func answer(_ query: PaymentQuery) async throws {
        switch query {
        case .find(let order, let reply): reply.send(try await payment(order: order))
        case .claim(let order, let reply): reply.send(try await claimPayment(order: order))
        case .intendCapture(let payment, let reply): reply.send(try await intendCapture(payment))
        case .intendRefund(let payment, let reply): reply.send(try await intendRefund(payment))
        case .settle(let payment, let outcome, let reply): reply.send(try await settle(payment, outcome))
        case .open(let reply): reply.send(try await openPayments())
        }
    }
}

/// Payments in the books, over the connections. All of it may be asked twice.
struct PaymentBooks: Sendable {
    let connections: ConnectionPool
    /// A planted defect: nothing is written before the bank is asked.
    var skipsIntent = false

    func find(order: Int) async throws(Problem) -> Payment? {
        try await connections.ask { .payment(.find(order: order, $0)) }
    }

    /// Takes charge of the order's payment.
    func claim(order: Int) async throws(Problem) -> Payment? {
        try await connections.ask { .payment(.claim(order: order, $0)) }
    }

    func openOrders() async throws(Problem) -> [Int] { try await connections.ask { .payment(.open($0)) } }

    func intendCapture(_ payment: Payment) async throws(Problem) -> Payment? {
        if skipsIntent {
            var payment = payment
            payment.state = .capturing
            return payment
        }
        return try await connections.ask { .payment(.intendCapture(payment, $0)) }
    }

    func intendRefund(_ payment: Payment) async throws(Problem) -> Payment? {
        try await connections.ask { .payment(.intendRefund(payment, $0)) }
    }

    func settle(_ payment: Payment, _ outcome: PaymentOutcome) async throws(Problem) -> Payment? {
        if skipsIntent, payment.epoch == 0 {
            let begun: Payment? = try await connections.ask { .payment(.intendCapture(payment, $0)) }
            return try await connections.ask { .payment(.settle(begun ?? payment, outcome, $0)) }
        }
        return try await connections.ask { .payment(.settle(payment, outcome, $0)) }
    }
}
