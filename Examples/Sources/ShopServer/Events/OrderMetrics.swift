import OTP
import ShopCore

/// Counts orders as they come. A drill makes it fail at one; it then begins anew, and nobody else notices.
struct OrderMetrics: EventHandler {
    struct Figures: Encodable, Sendable {
        var orders = 0
        var revenue = Cents(0)
        /// Pieces of each product.
        var pieces: [String: Int] = [:]
    }

    enum Call: Sendable {
        case figures(Reply<Figures>)
        /// Which of all that there have been.
        case life(Reply<Int>)
    }

    enum Info: Sendable {
        /// For drills: throws at the next event, in the middle of handling it.
        case breakAtNextEvent
    }

    private let life: Int
    private var figures = Figures()
    private var isBroken = false

    init(life: Int) { self.life = life }

    mutating func handleEvent(_ event: OrderEvent) throws -> Next {
        if isBroken { throw Broken() }
        guard event.isNew else { return .keep }
        figures.orders += 1
        figures.revenue = figures.revenue + event.order.total
        for line in event.order.lines { figures.pieces[line.product, default: 0] += line.quantity }
        return .keep
    }

    func handleCall(_ call: Call) -> Next {
        switch call {
        case .figures(let reply): reply(figures)
        case .life(let reply): reply(life)
        }
        return .keep
    }

    mutating func handleInfo(_ info: Info) -> Next {
        switch info {
        case .breakAtNextEvent: isBroken = true
        }
        return .keep
    }
}
