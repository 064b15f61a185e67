public import OTP

/// What a profile page shows.
public struct Profile: Sendable, Equatable {
    public var user: String
    public var preferences: [String]
    public var orders: [Int]

    public init(user: String, preferences: [String] = [], orders: [Int] = []) {
        self.user = user
        self.preferences = preferences
        self.orders = orders
    }
}

/// Where its parts come from.
public struct ProfileSources: Sendable {
    public var user: @Sendable (Int) async throws -> String
    public var preferences: @Sendable (Int) async throws -> [String]
    public var orders: @Sendable (Int) async throws -> [Int]

    public init(
        user: @escaping @Sendable (Int) async throws -> String,
        preferences: @escaping @Sendable (Int) async throws -> [String],
        orders: @escaping @Sendable (Int) async throws -> [Int]
    ) {
        self.user = user
        self.preferences = preferences
        self.orders = orders
    }

    /// Profile aggregator: three sources at once, in the time of the slowest. All or nothing.
    public func profile(_ id: Int) async throws -> Profile {
        let (user, preferences, orders) = try await ProcessTask.awaitMany(
            ProcessTask.async { [user] in try await user(id) },
            ProcessTask.async { [preferences] in try await preferences(id) },
            ProcessTask.async { [orders] in try await orders(id) })
        return Profile(user: user, preferences: preferences, orders: orders)
    }
}

/// Supervised variant: what fails or takes too long is missing, and costs nobody else anything. `tasks` stands in a tree.
public struct ProfileAggregator: Sendable {
    public let tasks = TaskSupervisor("profile sources")
    private let sources: ProfileSources

    public init(_ sources: ProfileSources) { self.sources = sources }

    /// Without its user there is no profile; everything else may be missing.
    public func profile(_ id: Int, within limit: Duration = .seconds(5)) async throws -> Profile {
        let (user, preferences, orders) = try await ProcessTask.outcomes(
            of: tasks.asyncNoLink { [sources] in try await sources.user(id) },
            tasks.asyncNoLink { [sources] in try await sources.preferences(id) },
            tasks.asyncNoLink { [sources] in try await sources.orders(id) },
            timeout: limit)
        return Profile(
            user: try user.get(), preferences: (try? preferences.get()) ?? [], orders: (try? orders.get()) ?? [])
    }
}
