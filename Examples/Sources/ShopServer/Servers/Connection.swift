import OTP
import ShopCore
import ShopStore

/// One database connection, one process. A statement that fails for lack of a database ends it, and its supervisor
/// starts it with a fresh connection: nobody else has to know how to repair one.
struct Connection: GenServer {
    enum Call: Sendable {
        case place(OrderDraft, Reply<Result<ShopDatabase.Placement, Problem>>)
        case find(key: String, request: String, Reply<Result<Order?, Problem>>)
        case refuse(key: String, OrderRequest, Reply<Result<Order?, Problem>>)
        case order(id: Int, Reply<Order?>)
        case orders(cart: String, atMost: Int, Reply<[Order]>)
        case bestsellers(Reply<[Product]>)
        case product(String, Reply<Product?>)
        case products(Reply<[Product]>)
        case payment(PaymentQuery, Reply<Result<Payment?, Problem>>)
        case openPayments(Reply<[Int]>)
        case check(Reply<Void>)
    }
    enum Cast: Sendable {
        /// For drills: the handle is closed, as if the database had gone away.
        case cut
        /// For drills: the next order waits at the gate, right before it is written.
        case hold(WriteGate)
        /// For drills.
        case breakDown
    }
    enum Info: Sendable { case checkUp }

    private let database: ShopDatabase
    private var gate: WriteGate?

    init(_ place: DatabasePlace, _ me: Me) async throws {
        database = try await Blocking.run { try ShopDatabase(place) }
        // A connection that nobody uses finds out by itself that it is lost.
        me.send(.checkUp, every: .milliseconds(500))
    }

    mutating func handleCall(_ call: Call, _ me: Me) async throws -> Next {
        switch call {
        case .place(let draft, let reply):
            await gate.take()?.pass()
            return reply(try await refusable { try await database.place(draft) })
        case .find(let key, let request, let reply):
            return reply(try await refusable { try await database.order(key: key, request: request) })
        case .refuse(let key, let request, let reply):
            return reply(try await refusable { try await database.refuse(key: key, request: request) })
        case .order(let id, let reply):
            return reply(try await database.order(id: id))
        case .orders(let cart, let count, let reply):
            return reply(try await database.orders(ofCart: cart, atMost: count))
        case .bestsellers(let reply):
            return reply(try await database.bestsellers())
        case .product(let id, let reply):
            return reply(try await database.product(id))
        case .products(let reply):
            return reply(try await database.products())
        case .payment(let query, let reply):
            return reply(try await refusable { try await database.answer(query) })
        case .openPayments(let reply):
            return reply(try await database.openPayments())
        case .check(let reply):
            try await database.check()
            return reply()
        }
    }

    mutating func handleCast(_ cast: Cast, _ me: Me) throws -> Next {
        switch cast {
        case .hold(let gate):
            self.gate = gate
            return .receive
        case .cut:
            database.cut()
            return .receive
        case .breakDown:
            throw Broken()
        }
    }

    func handleInfo(_ info: Info, _ me: Me) async throws -> Next {
        try await database.check()
        return .receive
    }

    func terminate(reason: ExitReason, _ me: Me) async {
        try? await Blocking.run { [database] in try database.close() }
    }

    /// What the database says about the order is an answer; what it says about itself ends the process.
    private func refusable<T>(_ body: () async throws -> T) async throws -> Result<T, Problem> {
        do {
            return .success(try await body())
        } catch StoreError.refused(let problem) {
            return .failure(problem)
        } catch StoreError.locked {
            return .failure(.unavailable("database_locked", "the database is locked; send it again under the same key"))
        } catch StoreError.full {
            return .failure(.unavailable("disk_full", "there is no room for another order; send it again later"))
        }
    }
}

extension ServerName<Connection> {
    /// The connection of that number, whichever process that is at the moment.
    static func connection(_ number: Int) -> Self { .via(RegistryName.connections, number) }
}

extension RegistryName<Int, Void> {
    /// Where connections are found by their numbers.
    static var connections: Self { "connections" }
}

/// What a handler throws when a drill tells it to.
struct Broken: Error, CustomStringConvertible {
    var description: String { "broken by a drill" }
}
