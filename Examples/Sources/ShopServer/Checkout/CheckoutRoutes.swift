import HTTPTypes
import Hummingbird
import ShopCore

/// Paying for an order, and having the money given back. What is answered is in the books; while it is not known what
/// the bank did, the answer is 202, and the customer asks again.
struct CheckoutRoutes: Sendable {
    let checkout: Checkout

    func add(to routes: some RouterMethods<ShopContext>) {
        let payments = checkout.payments
        routes.post("/orders/{order}/checkout") { [checkout] _, context in
            guard checkout.hasBank else { throw Self.noBank }
            let checkpoints = checkout.checkpoints
            let payment = try await payments.checkOut(try Self.order(context))
            await checkpoints?.pass(.beforeReply)
            if payment.state == .declined {
                throw Problem(402, "declined", "the bank has declined the payment: \(payment.why ?? "no reason")")
            }
            return Self.answer(payment)
        }
        routes.post("/orders/{order}/refund") { [checkout] _, context in
            guard checkout.hasBank else { throw Self.noBank }
            let payment = try await payments.refund(try Self.order(context))
            if payment.state == .captured {
                throw Problem.conflict(
                    "refund_refused", "the bank gives nothing back: \(payment.why ?? "no reason")")
            }
            return Self.answer(payment)
        }
        routes.get("/orders/{order}/checkout") { _, context in
            Answer.json(try await payments.show(try Self.order(context)))
        }
    }

    private static let noBank = Problem.unavailable(
        "no_bank", "this shop was started without a bank; no money can move")

    private static func order(_ context: ShopContext) throws -> Int {
        guard let id = Int(try context.name("order", "an order")), id > 0 else {
            throw Problem.invalid("bad_name", "an order has a number")
        }
        return id
    }

    private static func answer(_ payment: PaymentDocument) -> Response {
        guard payment.isOpen else { return Answer.json(payment) }
        var response = Answer.json(payment, status: .accepted)
        response.headers[.retryAfter] = "1"
        return response
    }
}
