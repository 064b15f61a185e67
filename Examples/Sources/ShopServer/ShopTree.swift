import Hummingbird
import OTP
import ShopStore

/// The shop as a supervision tree. What stands further down needs what stands above it; it stops the other way round.
struct ShopTree: Sendable {
    let supervisor: Supervisor
    let health: Health
    let reports: ShopReports
    let bank: BankPlace
    let saboteur: Saboteur?

    /// - Parameter onListening: told the port at each start of the web server.
    init(_ settings: ShopSettings, onListening: @escaping @Sendable (Int) -> Void) {
        let again = settings.defect?.restart ?? .permanent
        let restarts = Supervisor.Restarts.atMost(50, in: .seconds(10))
        let place = DatabasePlace(path: settings.database, weakness: settings.defect?.weakness)
        let connections = ConnectionPool(place, restarts: restarts)
        let checkout = Checkout(settings, connections: connections, restarts: restarts)
        let catalog = Catalog(connections: connections)
        let carts = Carts(idleLimit: settings.cartIdle, losesOrders: settings.defect == .lostMessage)
        let sessions = Sessions(idleLimit: settings.sessionIdle)
        let health = Health()
        let reports = ShopReports()
        let events = OrderEvents(auditPath: settings.audit, losesOrders: settings.defect == .lostEvent)
        let configuration = Configuration(file: settings.configuration)
        let profiles = Profiles(sources: ProfileSources(connections, carts), configuration: configuration)
        let routes = ShopRoutes(
            catalog: catalog, sessions: sessions, carts: carts,
            orders: Orders(carts: carts, connections: connections, events: events),
            profiles: profiles, configuration: configuration)
        let door = settings.faultToken.map {
            FaultDoor(
                token: $0, connections: connections, disk: place.disk, carts: carts, sessions: sessions,
                events: events, checkout: checkout, reports: reports)
        }
        let web = WebServer(
            responder: Self.router(routes, CheckoutRoutes(checkout: checkout), health, door, settings.defect)
                .buildResponder(),
            port: settings.port, logger: settings.logger, onListening: onListening)
        self.health = health
        saboteur = settings.defect.map { Saboteur(defect: $0, connections: connections) }
        self.reports = reports
        bank = checkout.place
        supervisor = Supervisor("shop", .oneForOne, restarts: restarts, name: .shop) {
            Supervisor("storage", .restForOne, restarts: restarts, name: .storage) {
                Storage.child(
                    "database", name: .storage, shutdown: settings.whenStuck == nil ? .within(.seconds(5)) : .infinity
                ) {
                    try await Storage(place, slowStart: settings.slowStart, whenStuck: settings.whenStuck)
                }
                Registry(.connections)
                connections.pool
            }
            events.tree(restarts: restarts)
            carts.supervisor
            sessions.supervisor
            Supervisor("front", .oneForOne, restarts: restarts, name: .front) {
                ProductCache.child("catalog", name: .catalog, restart: again) {
                    ProductCache(limit: settings.productLimit, logger: settings.logger)
                }
                RateLimiter.child("limiter", name: .limiter, restart: again) {
                    RateLimiter(perSecond: settings.requestsPerSecond, capacity: settings.burst, $0)
                }
                configuration.agent
            }
            Supervisor("profiles", .oneForOne, restarts: restarts, name: .profiles) {
                Suggestions.child("suggestions", name: .suggestions, restart: again) {
                    Suggestions(connections: connections, $0)
                }
                profiles.tasks
            }
            checkout.supervisor
            web.child
        }
    }

    private static func router(
        _ routes: ShopRoutes, _ payments: CheckoutRoutes, _ health: Health, _ door: FaultDoor?, _ defect: Defect?
    ) -> Router<ShopContext> {
        let router = Router(context: ShopContext.self)
        router.add(middleware: ProblemMiddleware())
        HealthRoutes(health: health).add(to: router)
        if let door { door.add(to: router.group("faults").add(middleware: TokenMiddleware(token: door.token))) }
        if defect == .hang { router.add(middleware: HangMiddleware(client: "drill-0")) }
        let limited = router.group()
            .add(middleware: LimiterMiddleware())
            .add(middleware: SessionMiddleware(sessions: routes.sessions))
        routes.add(to: limited)
        payments.add(to: limited)
        return router
    }
}

extension SupervisorName {
    static let shop: Self = "shop"
    static let storage: Self = "storage"
    static let front: Self = "front"
}
