import Hummingbird

/// What those who handle order events have to say.
struct EventRoutes {
    let events: OrderEvents

    func add(to routes: some RouterMethods<ShopContext>) {
        routes.get("/events") { [events] request, _ in
            let standing = try await events.standing()
            return Answer.either(request, standing) { .events(standing) }
        }
    }
}
