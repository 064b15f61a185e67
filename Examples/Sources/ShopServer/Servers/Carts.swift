import OTP
import ShopCore

/// Carts by name, each started when it is first used.
struct Carts: Sendable {
    /// Where carts are started.
    let supervisor: DynamicSupervisor<String, ServerRef<CartServer>>
    private let losesOrders: Bool

    /// - Parameter losesOrders: true only for a shop that is to be found wrong: one cart in ten stays as it was.
    init(idleLimit: Duration, losesOrders: Bool = false) {
        self.losesOrders = losesOrders
        supervisor = DynamicSupervisor("carts", restarts: .atMost(1_000, in: .seconds(1)), name: { .cart($0) }) {
            name, _ in
            CartServer(name: name, idleLimit: idleLimit)
        }
    }

    func show(_ name: String) async throws(Problem) -> CartDocument {
        do {
            return try await ServerName.cart(name).call { .show($0) }
        } catch let error as CallError where error.hasNoServer {
            throw .notFound("there is no cart '\(name)'; one begins with its first line")
        } catch {
            throw .lostOnTheWay(error)
        }
    }

    /// The cart, or nil if there is none.
    func current(_ name: String) async throws -> CartDocument? {
        do {
            return try await ServerName.cart(name).call { .show($0) }
        } catch let error as CallError where error.hasNoServer {
            return nil
        }
    }

    func set(_ product: Product, quantity: Int, in name: String) async throws(Problem) -> CartDocument {
        for _ in 0..<3 {
            do {
                return try await ServerName.cart(name).call { .set(product, quantity: quantity, $0) }.get()
            } catch let problem as Problem {
                throw problem
            } catch let error as CallError where error.hasNoServer {
                try await begin(name)
            } catch {
                throw .lostOnTheWay(error)
            }
        }
        throw .unavailable("cart_unavailable", "cart '\(name)' ends as soon as it begins; send it again")
    }

    func checkOut(_ request: OrderRequest, key: String) async throws(Problem) -> OrderDraft {
        do {
            return try await ServerName.cart(request.cart).call { .checkOut(request, key: key, $0) }.get()
        } catch let problem as Problem {
            throw problem
        } catch let error as CallError where error.hasNoServer {
            throw .lost(cart: request.cart)
        } catch {
            throw .lostOnTheWay(error)
        }
    }

    func release(_ name: String, key: String) { ServerName.cart(name).cast(.release(key: key)) }

    func ordered(_ name: String, key: String) {
        if losesOrders, Int.random(in: 0..<10) == 0 { return }
        ServerName.cart(name).cast(.ordered(key: key))
    }

    private func begin(_ name: String) async throws(Problem) {
        do {
            try await supervisor.startChild(name)
        } catch {
            // Somebody else may have begun it meanwhile.
            guard ServerName.cart(name).whereIs() != nil else { throw .lostOnTheWay(error) }
        }
    }
}

extension CallError {
    /// Nobody was there to be asked, or who was has just left memory, idle, with the question unread.
    var hasNoServer: Bool {
        switch code {
        case .noProcess: true
        case .exited(let reason): reason.isNormal
        default: false
        }
    }
}

extension Problem {
    /// Something ended between the question and its answer.
    static func lostOnTheWay(_ error: any Error) -> Problem {
        .unavailable("lost_on_the_way", "what was to answer this has ended (\(error)); send it again")
    }
}
