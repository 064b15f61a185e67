import OTP
import ShopCore
import Synchronization

/// Tells of orders. Nobody is told that an order is placed before it is in the audit trail; what counts orders is told
/// once and may miss one when it fails.
final class OrderEvents: Sendable {
    let manager = EventManager<OrderEvent>("events", name: .orderEvents)
    /// Where the audit trail is kept; nil for nowhere.
    let auditPath: String?
    private let numbers = Atomic(0)
    private let lives = Atomic(0)
    private let losses = Atomic(0)

    private let losesOrders: Bool

    /// - Parameter losesOrders: true only for a shop that is to be found wrong: one order in ten is told to nobody.
    init(auditPath: String?, losesOrders: Bool = false) {
        self.auditPath = auditPath
        self.losesOrders = losesOrders
    }

    /// Stands in the tree.
    func tree(restarts: Supervisor.Restarts) -> Supervisor {
        Supervisor("order events", .restForOne, restarts: restarts, name: .orderEvents) { [self] in
            manager
            OrderHandlers.child("handlers", name: .orderHandlers) { try await OrderHandlers(self, $0) }
        }
    }

    /// The number of the latest event.
    var told: Int { numbers.load(ordering: .sequentiallyConsistent) }

    /// How often an event did not come to a handler that was there: never.
    var lost: Int { losses.load(ordering: .relaxed) }

    func nextLife() -> Int { lives.add(1, ordering: .relaxed).newValue }

    /// Tells of an order; returns when it is in the audit trail.
    ///
    /// - Parameter isNew: Whether nobody has been told of it yet, as far as is known.
    func tell(of order: Order, isNew: Bool) async throws(Problem) {
        if losesOrders, order.order % 10 == 0 { return }
        for attempt in 0..<60 where !Task.isCancelled {
            if attempt > 0 { try? await Task.sleep(for: .milliseconds(attempt < 10 ? 2 : 50)) }
            let number = numbers.add(1, ordering: .sequentiallyConsistent).newValue
            let event = OrderEvent(number: number, order: order, isNew: isNew && attempt == 0)
            switch await outcome(of: event) {
            case .had: return
            case .lost: losses.add(1, ordering: .relaxed)
            // The manager or the trail is being started again.
            case .unknown: break
            }
        }
        throw .unavailable("not_audited", "the order is placed but not in the audit trail yet; send it again")
    }

    private func outcome(of event: OrderEvent) async -> Receipts.Answer {
        do {
            try await manager.syncNotify(event, timeout: .seconds(2))
            return try await manager.call(HandlerID<AuditTrail>(), timeout: .seconds(2)) {
                .receipt(event: event.number, $0)
            }
        } catch {
            return .unknown
        }
    }

    /// What can be seen of it.
    struct Standing: Encodable, Sendable {
        /// The newest first, which is told first.
        var handlers: [String] = []
        /// Handlers that have failed and were installed again.
        var failures: Int?
        var metrics: OrderMetrics.Figures?
        /// The latest first.
        var audit: [AuditTrail.Line]?
    }

    /// Whatever is there to tell it, tells it.
    func standing() async throws(Problem) -> Standing {
        var standing = Standing()
        do { standing.handlers = try await manager.handlers().map(\.description) } catch { throw .lostOnTheWay(error) }
        standing.failures = try? await ServerName.orderHandlers.call { .failures($0) }
        standing.metrics = try? await manager.call(HandlerID<OrderMetrics>()) { .figures($0) }
        standing.audit = try? await manager.call(HandlerID<AuditTrail>()) { .latest($0) }
        return standing
    }
}

extension SupervisorName { static let orderEvents: Self = "order events tree" }
