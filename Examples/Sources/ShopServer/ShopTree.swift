import Hummingbird
import OTP

/// The shop as a supervision tree. What stands further down needs what stands above it; it stops the other way round.
struct ShopTree: Sendable {
    let supervisor: Supervisor
    let health: Health
    let reports: ShopReports

    /// - Parameter onListening: told the port at each start of the web server.
    init(_ settings: ShopSettings, onListening: @escaping @Sendable (Int) -> Void) {
        let connections = ConnectionPool()
        let catalog = Catalog(connections: connections)
        let carts = Carts(idleLimit: settings.cartIdle)
        let sessions = Sessions(idleLimit: settings.sessionIdle)
        let health = Health()
        let reports = ShopReports()
        let routes = ShopRoutes(
            catalog: catalog, sessions: sessions, carts: carts, orders: Orders(carts: carts, connections: connections))
        let door = settings.faultToken.map { FaultDoor(token: $0, carts: carts, sessions: sessions, reports: reports) }
        let web = WebSetup(
            responder: Self.router(routes, health, door).buildResponder(), port: settings.port, logger: settings.logger,
            onListening: onListening)
        self.health = health
        self.reports = reports
        let restarts = Supervisor.Restarts.atMost(50, in: .seconds(10))
        supervisor = Supervisor("shop", .oneForOne, restarts: restarts, name: .shop) {
            Supervisor("storage", .restForOne, restarts: restarts, name: .storage) {
                Storage.child("database", name: .storage) {
                    try await Storage(path: settings.database, slowStart: settings.slowStart)
                }
                Supervisor("connections", .oneForOne, restarts: restarts, name: .connections) {
                    for number in 1...ConnectionPool.size {
                        Connection.child("connection \(number)", name: .connection(number)) {
                            try await Connection(path: settings.database, $0)
                        }
                    }
                }
            }
            carts.supervisor
            sessions.supervisor
            Supervisor("front", .oneForOne, restarts: restarts, name: .front) {
                ProductCache.child("catalog", name: .catalog) {
                    ProductCache(limit: settings.productLimit, logger: settings.logger)
                }
                RateLimiter.child("limiter", name: .limiter) {
                    RateLimiter(perSecond: settings.requestsPerSecond, capacity: settings.burst, $0)
                }
            }
            WebServer.child("web", name: .web) { try await WebServer(web, $0) }
        }
    }

    private static func router(_ routes: ShopRoutes, _ health: Health, _ door: FaultDoor?) -> Router<ShopContext> {
        let router = Router(context: ShopContext.self)
        router.add(middleware: ProblemMiddleware())
        HealthRoutes(health: health).add(to: router)
        if let door { door.add(to: router.group("faults").add(middleware: TokenMiddleware(token: door.token))) }
        routes.add(
            to: router.group()
                .add(middleware: LimiterMiddleware())
                .add(middleware: SessionMiddleware(sessions: routes.sessions)))
        return router
    }
}

extension SupervisorName {
    static let shop: Self = "shop"
    static let storage: Self = "storage"
    static let connections: Self = "connections"
    static let front: Self = "front"
}

extension ServerName<WebServer> { static let web: Self = "web" }
