import OTP
import ShopCore

/// An order is in the books: told to everybody who has to do with that afterwards.
struct OrderEvent: Sendable, CustomStringConvertible {
    /// Counts what was told, in the order in which telling it began.
    let number: Int
    let order: Order
    /// Whether it is told for the first time.
    let isNew: Bool

    var description: String { "#\(number): order \(order.order)" }
}

extension EventManagerName<OrderEvent> { static var orderEvents: Self { "order events" } }
