import OTP
import ShopCore

/// A customer's profile page, gathered from three sources at the same time. A source that fails, is gone or takes too
/// long costs its own part of the page and nothing else.
struct Profiles: Sendable {
    /// Where the questions run; stands in the tree.
    let tasks = TaskSupervisor("sources", maxChildren: 1_000, name: .sources)
    let sources: ProfileSources
    let configuration: Configuration

    struct Profile: Encodable, Sendable {
        let customer: String
        let greeting: String
        /// The latest first; nil if it is missing.
        var orders: [Order]?
        /// Nil if there is none, or if it is missing.
        var cart: CartDocument?
        /// Nil if they are missing.
        var suggestions: [Product]?
        /// Parts that could not be had, and why.
        var missing: [String: String] = [:]
    }

    func profile(of customer: String) async throws(Problem) -> Profile {
        let configuration = await configuration.current()
        let (orders, cart, suggestions) = try await gather(customer, configuration)
        var profile = Profile(customer: customer, greeting: configuration.greeting)
        profile.orders = profile.part("orders", orders)
        profile.cart = profile.part("cart", cart) ?? nil
        profile.suggestions = profile.part("suggestions", suggestions)
        return profile
    }

    private typealias Parts = (
        Result<[Order], TaskFailure>, Result<CartDocument?, TaskFailure>, Result<[Product], TaskFailure>
    )

    private func gather(_ customer: String, _ configuration: ShopConfiguration) async throws(Problem) -> Parts {
        do {
            return await ProcessTask.outcomes(
                of: try await tasks.asyncNoLink { [sources] in
                    try await sources.orders(customer, configuration.recentOrders)
                },
                try await tasks.asyncNoLink { [sources] in try await sources.cart(customer) },
                try await tasks.asyncNoLink { [sources] in
                    try await sources.suggestions(customer, configuration.suggestions)
                },
                timeout: .milliseconds(configuration.profilePatience))
        } catch {
            // Nobody there to ask, or everybody busy: what was begun ends by itself.
            throw .lostOnTheWay(error)
        }
    }
}

/// Where the parts of a profile come from.
struct ProfileSources: Sendable {
    /// Of whom, and how many at most.
    var orders: @Sendable (String, Int) async throws -> [Order]
    var cart: @Sendable (String) async throws -> CartDocument?
    /// For whom, and how many at most.
    var suggestions: @Sendable (String, Int) async throws -> [Product]
}

extension ProfileSources {
    /// The shop's own: database, carts, and who knows what others order.
    init(_ connections: ConnectionPool, _ carts: Carts) {
        orders = { try await connections.orders(ofCart: $0, atMost: $1) }
        cart = { try await carts.current($0) }
        suggestions = { customer, count in
            let cart = try? await carts.current(customer)
            let known = Set((cart?.lines ?? []).map(\.product))
            return try await ServerName.suggestions.call(timeout: .seconds(2)) {
                .suggest(count: count, without: known, $0)
            }
        }
    }
}

extension Profiles.Profile {
    /// The part if it is there; notes why if not.
    fileprivate mutating func part<T>(_ name: String, _ outcome: Result<T, TaskFailure>) -> T? {
        switch outcome {
        case .success(let value):
            return value
        case .failure(let failure):
            if case .timeout = failure.code { missing[name] = "took too long" } else { missing[name] = "failed" }
            return nil
        }
    }
}

extension SupervisorName {
    static let profiles: Self = "profiles"
    static let sources: Self = "profile sources"
}
