import DrillClient
import ShopServer
import Testing

/// All over real HTTP. Serialized, because a shop's processes have names.
@Suite(.serialized) struct ShopTests {
    @Suite struct Orders {
        @Test("A cart, posted as it was shown, is an order; posted again under its key, the same order")
        func orders() async throws {
            try await OpenShop.with { shop async throws in
                let cart = try await shop.fill("ann")
                let first = try await shop.ask("POST", "/orders", cart, key: "k1")
                #expect(first.status == 201)
                #expect(first.json["total"] as? Int == 1_099)
                let again = try await shop.ask("POST", "/orders", cart, key: "k1")
                #expect(again.status == 200)
                #expect(again.body == first.body)
                let number = try #require(first.json["order"] as? Int)
                #expect(try await shop.ask("GET", "/orders/\(number)").body == first.body)
            }
        }

        @Test("The same key with another body is 422") func reuse() async throws {
            try await OpenShop.with { shop async throws in
                _ = try await shop.ask("POST", "/orders", shop.fill("ann"), key: "k1")
                let other = try await shop.ask("POST", "/orders", shop.fill("bob"), key: "k1")
                #expect(other.status == 422)
                #expect(other.code == "key_reused")
            }
        }

        @Test("A cart that changed meanwhile is 409, and one that was ordered is gone: 410") func versions()
            async throws
        {
            try await OpenShop.with { shop async throws in
                let old = try await shop.fill("ann")
                let new = try await shop.ask("PUT", "/carts/ann/lines/rye", #"{"quantity":1}"#).body
                let conflict = try await shop.ask("POST", "/orders", old, key: "k1")
                #expect(conflict.status == 409)
                #expect(conflict.code == "cart_changed")
                #expect(try await shop.ask("POST", "/orders", new, key: "k2").status == 201)
                #expect(try await shop.ask("POST", "/orders", new, key: "k3").status == 410)
            }
        }

        @Test("A cart that a crash took is 410, and its successor is not mistaken for it") func lost() async throws {
            try await OpenShop.with {
                $0.faultToken = "secret"
            } _: { shop async throws in
                let cart = try await shop.fill("ann")
                let hit = try await shop.ask(
                    "POST", "/faults", #"{"kind":"kill-worker","role":"cart","index":0}"#,
                    headers: [("Fault-Token", "secret")])
                #expect(hit.status == 200)
                #expect(try await shop.ask("POST", "/orders", cart, key: "k1").status == 410)
                _ = try await shop.fill("ann")
                #expect(try await shop.ask("POST", "/orders", cart, key: "k1").status == 410)
            }
        }

        @Test("Many customers at once get one order each") func many() async throws {
            try await OpenShop.with { shop async throws in
                let port = shop.shop.port
                let orders = try await withThrowingTaskGroup(of: Int.self) { group in
                    for customer in 0..<20 {
                        group.addTask {
                            let client = try await HTTPConnection.open(port: port)
                            defer { client.close() }
                            let cart = try await client.send(
                                "PUT", "/carts/c\(customer)/lines/tea", body: #"{"quantity":1}"#, within: .seconds(10))
                            let order = try await client.send(
                                "POST", "/orders", headers: [("Idempotency-Key", "k\(customer)")], body: cart.body,
                                within: .seconds(10))
                            return order.json["order"] as? Int ?? -1
                        }
                    }
                    return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
                }
                #expect(orders.count == 20)
                #expect(!orders.contains(-1))
            }
        }
    }

    @Suite struct Refusals {
        @Test("What cannot be read gets a 4xx that says what was wrong") func bodies() async throws {
            let cases: [(String, String, String?, Int, String)] = [
                ("POST", "/orders", "{", 400, "bad_json"),
                ("POST", "/orders", "", 400, "no_body"),
                ("POST", "/orders", #"{"cart":1,"version":"1.0"}"#, 400, "wrong_type"),
                ("POST", "/orders", #"{"cart":"a"}"#, 400, "missing_field"),
                ("PUT", "/carts/ann/lines/tea", #"{"quantity":"two"}"#, 400, "wrong_type"),
                ("PUT", "/carts/ann/lines/tea", #"{"quantity":100}"#, 400, "bad_quantity"),
                ("PUT", "/carts/ann/lines/tea", nil, 400, "no_body"),
                ("PUT", "/carts/ann/lines/gold", #"{"quantity":1}"#, 404, "not_found"),
                ("GET", "/carts/nobody", nil, 404, "not_found"),
                ("GET", "/orders/99", nil, 404, "not_found"),
                ("GET", "/orders/one", nil, 400, "bad_name"),
                ("POST", "/sessions", #"{"customer":"a b"}"#, 400, "bad_name"),
            ]
            try await OpenShop.with { shop async throws in
                for (method, path, body, status, code) in cases {
                    let answer = try await shop.ask(method, path, body, key: "k")
                    #expect(answer.status == status, "\(method) \(path) \(body ?? "-"): \(answer.body)")
                    #expect(answer.code == code, "\(method) \(path) \(body ?? "-"): \(answer.body)")
                    #expect(!answer.message.isEmpty)
                }
            }
        }

        @Test("POST /orders needs a key that is one") func keys() async throws {
            try await OpenShop.with { shop async throws in
                let cart = try await shop.fill("ann")
                #expect(try await shop.ask("POST", "/orders", cart).code == "no_key")
                #expect(try await shop.ask("POST", "/orders", cart, key: "a b").code == "bad_name")
                #expect(
                    try await shop.ask("POST", "/orders", cart, key: String(repeating: "k", count: 65)).status == 400)
            }
        }

        @Test("Unknown routes are 404 and name what was asked") func routes() async throws {
            try await OpenShop.with { shop async throws in
                for (method, path) in [
                    ("GET", "/nothing"), ("PATCH", "/orders"), ("POST", "/"), ("GET", "/faults/counts"),
                ] {
                    let answer = try await shop.ask(method, path)
                    #expect(answer.status == 404, "\(method) \(path): \(answer.body)")
                    #expect(answer.message.contains(path), "\(answer.body)")
                }
            }
        }

        @Test(
            "Hostile paths are 4xx",
            arguments: [
                "/carts/../../etc/passwd", "/carts/%2e%2e%2fetc", "/carts/a%00b", "/products/%ff%fe", "//etc",
                "/products/';--",
                "/carts/" + String(repeating: "a", count: 5_000), "/orders/99999999999999999999", "/%",
            ])
        func paths(_ path: String) async throws {
            try await OpenShop.with { shop async throws in
                let answer = try await shop.ask("GET", path)
                #expect((400..<500).contains(answer.status), "\(path.prefix(40)): \(answer.status) \(answer.body)")
                #expect(try await shop.ask("GET", "/products").status == 200)
            }
        }

        @Test("A body that is too long is 413") func tooLong() async throws {
            try await OpenShop.with { shop async throws in
                let answer = try await shop.ask("POST", "/orders", String(repeating: " ", count: 100_000), key: "k")
                #expect(answer.status == 413)
                #expect(answer.code == "body_too_long")
                #expect(try await shop.ask("GET", "/products").status == 200)
            }
        }
    }

    @Suite struct Parts {
        @Test("A client whose bucket is empty is told 429, another one is served") func limits() async throws {
            try await OpenShop.with {
                $0.requestsPerSecond = 1
                $0.burst = 3
            } _: { shop async throws in
                var told: [Int] = []
                for _ in 0..<6 {
                    told.append(try await shop.ask("GET", "/products", headers: [("Client", "greedy")]).status)
                }
                #expect(told.prefix(3) == [200, 200, 200])
                #expect(told.contains(429))
                #expect(try await shop.ask("GET", "/products", headers: [("Client", "modest")]).status == 200)
                #expect(try await shop.ask("GET", "/health/live").status == 200)
            }
        }

        @Test("A session lives while it is used; one that has ended is 401") func sessions() async throws {
            try await OpenShop.with { shop async throws in
                let opened = try await shop.ask("POST", "/sessions", #"{"customer":"ann"}"#)
                #expect(opened.status == 201)
                let session = try #require(opened.json["session"] as? String)
                #expect(try await shop.ask("GET", "/products", headers: [("Session", session)]).status == 200)
                #expect(try await shop.ask("DELETE", "/sessions/\(session)").status == 204)
                let after = try await shop.ask("GET", "/products", headers: [("Session", session)])
                #expect(after.status == 401)
                #expect(after.code == "session_ended")
            }
        }

        @Test("Health and tree show every part") func health() async throws {
            try await OpenShop.with { shop async throws in
                let ready = try await shop.ask("GET", "/health/ready")
                #expect(ready.status == 200)
                #expect(ready.json["ready"] as? Bool == true)
                #expect(try await shop.ask("GET", "/health/live").status == 200)
                let tree = try await shop.ask("GET", "/tree").body
                for part in ["storage", "connections", "member 10", "carts", "sessions", "front", "limiter", "web"] {
                    #expect(tree.contains(part), "\(part) is missing in \(tree)")
                }
            }
        }

        @Test(
            "A connection that is cut, broken or killed comes back as another process",
            arguments: [
                "cut-connection", "throw", "kill-worker",
            ])
        func recovers(_ kind: String) async throws {
            try await OpenShop.with {
                $0.faultToken = "secret"
            } _: { shop async throws in
                let token = [("Fault-Token", "secret")]
                let hit = try await shop.ask(
                    "POST", "/faults", #"{"kind":"\#(kind)","role":"connection","index":4}"#, headers: token)
                let before = try #require(hit.json["process"] as? String)
                var now: String?
                for _ in 0..<1_000 where now == nil || now == before {
                    now =
                        try await shop.ask("GET", "/faults/parts/connection/4", headers: token).json["process"]
                        as? String
                }
                #expect(now != nil && now != before)
                #expect(try await shop.ask("POST", "/orders", shop.fill("ann"), key: "k1").status == 201)
            }
        }

        @Test("The door for drills is shut without the token") func door() async throws {
            try await OpenShop.with {
                $0.faultToken = "secret"
            } _: { shop async throws in
                #expect(try await shop.ask("GET", "/faults/counts").status == 404)
                #expect(
                    try await shop.ask("GET", "/faults/counts", headers: [("Fault-Token", "wrong")]).status == 404)
                #expect(
                    try await shop.ask("GET", "/faults/counts", headers: [("Fault-Token", "secret")]).status == 200)
            }
        }
    }
}
