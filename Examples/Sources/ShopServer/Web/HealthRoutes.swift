import HTTPTypes
import Hummingbird

/// For load balancers and the curious; no limiter stands before them.
struct HealthRoutes {
    let health: Health

    func add(to routes: some RouterMethods<ShopContext>) {
        routes.get("/health/live") { [health] _, _ in
            let live = await health.live()
            return Answer.json(live, status: live.live ? .ok : .serviceUnavailable)
        }
        routes.get("/health/ready") { [health] _, _ in
            let ready = await health.ready()
            return Answer.json(ready, status: ready.ready ? .ok : .serviceUnavailable)
        }
        routes.get("/tree") { [health] request, _ in
            let drawing = await health.drawing()
            return request.wantsPage ? Page.tree(drawing).response() : Answer.text(drawing)
        }
    }
}
