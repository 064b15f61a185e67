import OTP
import ShopCore

/// Payments by order, each a process while somebody asks for it or the bank owes an answer.
struct Payments: Sendable {
    let books: PaymentBooks
    /// Where payments are started.
    let supervisor: DynamicSupervisor<Int, ServerRef<OrderPayment>>

    init(_ setup: PaymentSetup) {
        books = setup.books
        supervisor = DynamicSupervisor(
            "orders", restarts: .atMost(1_000, in: .seconds(1)), restart: .transient,
            backoff: .exponential(from: .milliseconds(20), to: .milliseconds(500)), name: { .payment($0) }
        ) { order, _ in
            try await OrderPayment(order: order, setup)
        }
    }

    /// How the payment stands, from the books.
    func show(_ order: Int) async throws(Problem) -> PaymentDocument {
        guard let payment = try await books.find(order: order) else { throw .notFound("there is no order \(order)") }
        return payment.document
    }

    func checkOut(_ order: Int) async throws(Problem) -> PaymentDocument { try await ask(order) { .checkOut($0) } }
    func refund(_ order: Int) async throws(Problem) -> PaymentDocument { try await ask(order) { .refund($0) } }

    private func ask(
        _ order: Int, _ request: @Sendable (OrderPayment.Answer) -> OrderPayment.Call
    ) async throws(Problem) -> PaymentDocument {
        for _ in 0..<3 {
            do {
                return try await ServerName.payment(order).call(timeout: .seconds(8), request).get()
            } catch let problem as Problem {
                throw problem
            } catch let error as CallError where error.hasNoServer {
                _ = try await show(order)
                try await begin(order)
            } catch {
                throw .lostOnTheWay(error)
            }
        }
        throw .unavailable("payment_unavailable", "the payment ends as soon as it begins; send it again")
    }

    /// Has the payment looked after; harmless if it is already.
    func begin(_ order: Int) async throws(Problem) {
        do {
            try await supervisor.startChild(order)
        } catch {
            guard ServerName.payment(order).whereIs() != nil else { throw .lostOnTheWay(error) }
        }
    }
}

/// Sees to it that every open payment has its process: at its own start, which follows each start of the payments, and
/// now and then.
struct PaymentKeeper: GenServer {
    enum Info: Sendable { case look }

    private let payments: Payments

    init(_ payments: Payments, _ me: Me) {
        self.payments = payments
        me.send(.look)
        me.send(.look, every: .milliseconds(500))
    }

    func handleInfo(_ info: Info, _ me: Me) async throws -> Next {
        for order in try await payments.books.openOrders() where ServerName.payment(order).whereIs() == nil {
            try? await payments.begin(order)
        }
        return .receive
    }
}

extension ServerName<PaymentKeeper> { static let paymentKeeper: Self = "payment keeper" }
