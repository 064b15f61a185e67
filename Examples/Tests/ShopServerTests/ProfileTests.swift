import DrillClient
import Foundation
import OTP
import Testing

@testable import ShopServer

extension ShopTests {
    @Suite(.timeLimit(.minutes(2))) struct Profile {
        private static let token = [("Fault-Token", "secret")]

        private static func profile(_ shop: OpenShop) async throws -> HTTPAnswer {
            try await shop.ask("GET", "/profiles/ann")
        }

        @Test("A profile has what was ordered, what is in the cart, and what others order") func whole() async throws {
            try await OpenShop.with { shop async throws in
                #expect(try await shop.ask("POST", "/orders", shop.fill("ann"), key: "k1").status == 201)
                _ = try await shop.ask("PUT", "/carts/ann/lines/rye", #"{"quantity":3}"#)
                let profile = try await Self.profile(shop)
                #expect(profile.status == 200)
                #expect(profile.json["customer"] as? String == "ann")
                #expect((profile.json["missing"] as? [String: String])?.isEmpty == true)
                let orders = try #require(profile.json["orders"] as? [[String: Any]])
                #expect(orders.map { $0["total"] as? Int } == [1_099])
                let cart = try #require(profile.json["cart"] as? [String: Any])
                #expect(cart["total"] as? Int == 1_185)
                let suggestions = try #require(profile.json["suggestions"] as? [[String: Any]])
                // The best sold first; what is in the cart is not suggested.
                #expect(suggestions.map { $0["id"] as? String } == ["tea", "salt", "apples"])
            }
        }

        @Test("A source that does not answer costs its own part, and the page does not wait for it") func slow()
            async throws
        {
            try await OpenShop.with { shop async throws in
                _ = try await shop.fill("ann")
                _ = try await shop.ask("PUT", "/configuration/profile-patience", #"{"value":"50"}"#)
                ServerName.suggestions.cast(.stall(until: .now + .seconds(3_600)))
                let begun = ContinuousClock.now
                let profile = try await Self.profile(shop)
                #expect(ContinuousClock.now - begun < .seconds(5))
                #expect(profile.status == 200)
                #expect(profile.json["missing"] as? [String: String] == ["suggestions": "took too long"])
                #expect(profile.json["cart"] != nil)
                #expect(profile.json["orders"] != nil)
                ServerName.suggestions.sendExit(.kill)
            }
        }

        @Test("A source that is gone costs its own part") func gone() async throws {
            try await OpenShop.with { shop async throws in
                _ = try await shop.fill("ann")
                try await SupervisorName.profiles.terminateChild("suggestions")
                let profile = try await Self.profile(shop)
                #expect(profile.status == 200)
                #expect(profile.json["missing"] as? [String: String] == ["suggestions": "failed"])
                #expect(profile.json["cart"] != nil)
                try await SupervisorName.profiles.restartChild("suggestions")
                #expect((try await Self.profile(shop).json["missing"] as? [String: String])?.isEmpty == true)
            }
        }

        @Test("Callers that are killed while they have a connection give it back") func leases() async throws {
            try await OpenShop.with {
                $0.faultToken = "secret"
            } _: { shop async throws in
                _ = try await shop.ask("PUT", "/configuration/profile-patience", #"{"value":"10"}"#)
                // Every source that takes longer than that is killed, wherever it is.
                for connection in 1...ConnectionPool.size {
                    for _ in 0..<3 { ServerName.connection(connection).cast(.breakDown) }
                    _ = try await Self.profile(shop)
                }
                var lent: Int?
                while lent != 0 {
                    lent = try await shop.ask("GET", "/faults/counts", headers: Self.token).json["lent"] as? Int
                }
                #expect(try await shop.ask("POST", "/orders", shop.fill("ann"), key: "k1").status == 201)
            }
        }

        @Test("People get a page, in which text stays text") func page() async throws {
            try await OpenShop.with { shop async throws in
                let page = [("Accept", "text/html,application/xhtml+xml")]
                _ = try await shop.fill("ann")
                _ = try await shop.ask("PUT", "/configuration/greeting", #"{"value":"<b onclick='x'>Hi & bye</b>"}"#)
                let profile = try await shop.ask("GET", "/profiles/ann", headers: page)
                #expect(profile.headers["content-type"]?.hasPrefix("text/html") == true)
                #expect(profile.body.contains("&lt;b onclick=&#39;x&#39;&gt;Hi &amp; bye&lt;/b&gt;, ann"))
                #expect(!profile.body.contains("<b onclick"))
                #expect(profile.body.contains("10.99"))
                #expect(try await shop.ask("POST", "/orders", shop.fill("ann"), key: "k1").status == 201)
                for path in ["/", "/tree", "/configuration", "/events", "/orders/1"] {
                    let answer = try await shop.ask("GET", path, headers: page)
                    #expect(answer.status == 200)
                    #expect(answer.body.contains("</html>"), "\(path)")
                }
                let nothing = try await shop.ask("GET", "/%3Cnothing%3E", headers: page)
                #expect(nothing.status == 404 && nothing.body.contains("</html>"))
                #expect(!nothing.body.contains("<nothing>"))
                try await SupervisorName.profiles.terminateChild("suggestions")
                #expect(
                    try await shop.ask("GET", "/profiles/ann", headers: page).body.contains("Not available just now"))
                #expect(try await shop.ask("GET", "/profiles/ann").headers["content-type"] == "application/json")
            }
        }
    }

    @Suite struct ConfigurationRoutes {
        @Test("A value is got, put, and as in the file again after a reload or a crash") func values() async throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "shop-\(UUID().uuidString).json")
            try Data(#"{"greeting":"Hello"}"#.utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            try await OpenShop.with {
                $0.configuration = file.path
            } _: { shop async throws in
                func greeting() async throws -> String? {
                    try await shop.ask("GET", "/configuration/greeting").json["value"] as? String
                }
                #expect(try await greeting() == "Hello")
                let put = try await shop.ask("PUT", "/configuration/greeting", #"{"value":"Good day"}"#)
                #expect(put.json["value"] as? String == "Good day")
                #expect(try await greeting() == "Good day")
                #expect(try await shop.ask("POST", "/configuration/reload").json["greeting"] as? String == "Hello")
                #expect(try await greeting() == "Hello")

                _ = try await shop.ask("PUT", "/configuration/greeting", #"{"value":"Good day"}"#)
                AgentName.configuration.sendExit(.kill)
                while try await shop.ask("GET", "/configuration").status != 200 {}
                #expect(try await greeting() == "Hello")

                // A file that has become unreadable is refused, and what holds goes on to hold.
                try Data("[]".utf8).write(to: file)
                #expect(try await shop.ask("POST", "/configuration/reload").code == "bad_configuration")
                #expect(try await greeting() == "Hello")
            }
        }

        @Test("What cannot be put is refused, and the agent lives on") func refusals() async throws {
            try await OpenShop.with { shop async throws in
                let agent = AgentName.configuration.pid
                let bad = try await shop.ask("PUT", "/configuration/suggestions", #"{"value":"many"}"#)
                #expect(bad.code == "bad_value")
                #expect(try await shop.ask("PUT", "/configuration/colour", #"{"value":"red"}"#).status == 404)
                #expect(try await shop.ask("PUT", "/configuration/suggestions", #"{"value":3}"#).code == "wrong_type")
                #expect(try await shop.ask("GET", "/configuration/colour").status == 404)
                #expect(agent != nil && AgentName.configuration.pid == agent)
            }
        }
    }
}
