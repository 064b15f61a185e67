import OTP
import OTPTestKit
import ShopCore
import Testing

@testable import ShopServer

/// Profiles by a clock that stands still while somebody works.
@Suite struct ProfileTimeTests {
    private struct Down: Error {}

    /// Sources that take so many milliseconds each; nil: that one fails at once.
    private static func profile(
        orders: Int?, cart: Int?, suggestions: Int?
    ) throws -> (profile: Profiles.Profile, time: Duration) {
        try VirtualNode().run { me in
            let profiles = Profiles(
                sources: ProfileSources(
                    orders: { _, _ in
                        try await wait(orders)
                        return []
                    },
                    cart: { name in
                        try await wait(cart)
                        return Cart(name: name, incarnation: "1").document
                    },
                    suggestions: { _, _ in
                        try await wait(suggestions)
                        return [Product(id: "tea", name: "Tea", price: Cents(450))]
                    }),
                configuration: Configuration(file: nil))
            let tree = try await Supervisor(.oneForOne) { profiles.tasks }.start()
            let begun = me.node.now
            let profile = try await profiles.profile(of: "ann")
            let time = me.node.now - begun
            try await tree.stop()
            return (profile, time)
        }
    }

    private static func wait(_ milliseconds: Int?) async throws {
        guard let milliseconds else { throw Down() }
        try await ProcessTask.me?.sleep(for: .milliseconds(milliseconds))
    }

    @Test(
        "A profile takes the time of its slowest source, whichever that is",
        arguments: [(100, 200, 300), (300, 100, 200), (200, 300, 100)])
    func slowest(orders: Int, cart: Int, suggestions: Int) throws {
        let (profile, time) = try Self.profile(orders: orders, cart: cart, suggestions: suggestions)
        #expect(time == .milliseconds(300))
        #expect(profile.missing.isEmpty)
        #expect(profile.orders != nil && profile.cart != nil && profile.suggestions?.count == 1)
    }

    @Test("A source that takes longer than the shop's patience is missing, and the page comes when that is over")
    func patience() throws {
        let (profile, time) = try Self.profile(orders: 100, cart: 60_000, suggestions: 200)
        #expect(time == .milliseconds(ShopConfiguration().profilePatience))
        #expect(profile.missing == ["cart": "took too long"])
        #expect(profile.orders != nil && profile.cart == nil && profile.suggestions?.count == 1)
    }

    @Test("A source that fails costs its own part and no time")
    func failure() throws {
        let (profile, time) = try Self.profile(orders: nil, cart: 10, suggestions: 20)
        #expect(time == .milliseconds(20))
        #expect(profile.missing == ["orders": "failed"])
        #expect(profile.cart != nil && profile.suggestions?.count == 1)
    }

    @Test("With no source left there is still a page") func nothing() throws {
        let (profile, time) = try Self.profile(orders: nil, cart: nil, suggestions: nil)
        #expect(time == .zero)
        #expect(Set(profile.missing.keys) == ["orders", "cart", "suggestions"])
        #expect(profile.customer == "ann" && !profile.greeting.isEmpty)
    }
}
