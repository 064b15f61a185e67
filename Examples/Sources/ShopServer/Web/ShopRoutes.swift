import HTTPTypes
import Hummingbird
import ShopCore
import ShopStore

/// What customers may ask for.
struct ShopRoutes: Sendable {
    let catalog: Catalog
    let sessions: Sessions
    let carts: Carts
    let orders: Orders
    let profiles: Profiles
    let configuration: Configuration

    static let index = """
        GET    /products
        GET    /products/{product}
        POST   /sessions                        {"customer": "ann"}
        DELETE /sessions/{session}
        GET    /carts/{cart}
        PUT    /carts/{cart}/lines/{product}    {"quantity": 2}
        DELETE /carts/{cart}/lines/{product}
        POST   /orders                          Idempotency-Key: …   a cart as it was shown
        GET    /orders/{order}
        POST   /orders/{order}/checkout         pays for it; 202: not known yet whether, ask again
        GET    /orders/{order}/checkout
        POST   /orders/{order}/refund           gives the money back; 202 as above
        GET    /profiles/{cart}                 what is in it, what was ordered, what others order
        GET    /events                          who handles order events, what they counted and wrote
        GET    /configuration
        GET    /configuration/{name}
        PUT    /configuration/{name}            {"value": "Hello"}
        POST   /configuration/reload
        GET    /health/live
        GET    /health/ready
        GET    /tree

        """

    private struct NewCustomer: Decodable { let customer: String }
    private struct Opened: Encodable { let session: String, customer: String }
    private struct Value: Codable { let value: String }
    private struct Amount: Decodable { let quantity: Int }

    func add(to routes: some RouterMethods<ShopContext>) {
        routes.get("/") { [catalog, configuration] request, _ in
            guard request.wantsPage else { return Answer.text(Self.index) }
            let greeting = await configuration.current().greeting
            return Page.front(try await catalog.products(), greeting: greeting, routes: Self.index).response()
        }
        addProducts(to: routes)
        addSessions(to: routes)
        addCarts(to: routes)
        addOrders(to: routes)
        addProfiles(to: routes)
        EventRoutes(events: orders.events).add(to: routes)
        addConfiguration(to: routes)
    }

    private func addProducts(to routes: some RouterMethods<ShopContext>) {
        routes.get("/products") { [catalog] _, _ in Answer.json(try await catalog.products()) }
        routes.get("/products/{product}") { [catalog] _, context in
            Answer.json(try await catalog.product(context.name("product", "a product")))
        }
    }

    private func addSessions(to routes: some RouterMethods<ShopContext>) {
        routes.post("/sessions") { [sessions] request, _ in
            let customer = try Identifier.checked(try await request.read(NewCustomer.self).customer, "'customer'")
            let session = try await sessions.open(customer: customer)
            return Answer.json(Opened(session: session, customer: customer), status: .created)
        }
        routes.delete("/sessions/{session}") { [sessions] _, context in
            sessions.end(try context.name("session", "a session"))
            return Response(status: .noContent)
        }
    }

    private func addCarts(to routes: some RouterMethods<ShopContext>) {
        routes.get("/carts/{cart}") { [carts] _, context in
            Answer.json(try await carts.show(context.name("cart", "a cart")))
        }
        routes.put("/carts/{cart}/lines/{product}") { [carts, catalog] request, context in
            let cart = try context.name("cart", "a cart")
            let product = try await catalog.product(context.name("product", "a product"))
            let quantity = try await request.read(Amount.self).quantity
            return Answer.json(try await carts.set(product, quantity: quantity, in: cart))
        }
        routes.delete("/carts/{cart}/lines/{product}") { [carts, catalog] _, context in
            let cart = try context.name("cart", "a cart")
            let product = try await catalog.product(context.name("product", "a product"))
            return Answer.json(try await carts.set(product, quantity: 0, in: cart))
        }
    }

    private func addOrders(to routes: some RouterMethods<ShopContext>) {
        routes.post("/orders") { [orders] request, _ in
            guard let header = request.headers[.idempotencyKey] else {
                throw Problem.invalid(
                    "no_key", "POST /orders needs an Idempotency-Key header, a new one for each order")
            }
            let key = try Identifier.checked(header, "the Idempotency-Key")
            let asked = try await request.read(OrderRequest.self)
            switch try await orders.place(asked, key: key) {
            case .placed(let order): return Answer.json(order, status: .created)
            case .alreadyPlaced(let order): return Answer.json(order)
            }
        }
        routes.get("/orders/{order}") { [orders] request, context in
            guard let id = try Int(context.name("order", "an order")) else {
                throw Problem.invalid("bad_name", "an order has a number")
            }
            guard let order = try await orders.connections.order(id: id) else {
                throw Problem.notFound("there is no order \(id)")
            }
            return Answer.either(request, order) { .order(order) }
        }
    }

    private func addProfiles(to routes: some RouterMethods<ShopContext>) {
        routes.get("/profiles/{customer}") { [profiles] request, context in
            let profile = try await profiles.profile(of: context.name("customer", "a customer"))
            return Answer.either(request, profile) { .profile(profile) }
        }
    }

    private func addConfiguration(to routes: some RouterMethods<ShopContext>) {
        routes.get("/configuration") { [configuration] request, _ in
            let all = try await configuration.all()
            return Answer.either(request, all.values) { .configuration(all) }
        }
        routes.get("/configuration/{name}") { [configuration] _, context in
            let key = try ShopConfiguration.key(context.name("name", "a name"))
            return Answer.json(Value(value: try await configuration.all()[key]))
        }
        routes.put("/configuration/{name}") { [configuration] request, context in
            let key = try ShopConfiguration.key(context.name("name", "a name"))
            let value = try await request.read(Value.self).value
            return Answer.json(Value(value: try await configuration.put(key, value)[key]))
        }
        routes.post("/configuration/reload") { [configuration] _, _ in
            Answer.json(try await configuration.reload().values)
        }
    }
}
