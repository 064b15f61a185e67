import DrillClient
import Foundation
import OTP
import Testing

@testable import ShopServer

extension ShopTests {
    @Suite(.timeLimit(.minutes(2))) struct Events {
        private struct Written: Decodable { let order: Int, key: String, total: Int }

        private static func opened(_ body: (OpenShop, URL) async throws -> Void) async throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "audit-\(UUID().uuidString).jsonl")
            defer { try? FileManager.default.removeItem(at: file) }
            try await OpenShop.with {
                $0.audit = file.path
                $0.faultToken = "secret"
            } _: { shop async throws in
                try await body(shop, file)
            }
        }

        private static func written(_ file: URL) throws -> [Written] {
            try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")).map {
                try JSONDecoder().decode(Written.self, from: $0)
            }
        }

        private static func order(_ number: Int, _ shop: OpenShop) async throws -> Int {
            let answer = try await shop.ask("POST", "/orders", shop.fill("ann"), key: "k\(number)")
            #expect(answer.status == 201, "\(answer)")
            return try #require(answer.json["order"] as? Int)
        }

        private static func lost(_ shop: OpenShop) async throws -> Int? {
            try await shop.ask("GET", "/faults/counts", headers: [("Fault-Token", "secret")]).json["lostEvents"] as? Int
        }

        @Test("An order is in the audit trail before its customer knows, and is counted") func told() async throws {
            try await Self.opened { shop, file in
                for number in 1...3 {
                    let order = try await Self.order(number, shop)
                    #expect(try Self.written(file).last?.order == order)
                    #expect(try Self.written(file).last?.key == "k\(number)")
                    #expect(try Self.written(file).last?.total == 1_099)
                }
                let standing = try await shop.ask("GET", "/events").json
                #expect(standing["handlers"] as? [String] == ["OrderMetrics", "AuditTrail"])
                let metrics = try #require(standing["metrics"] as? [String: Any])
                #expect(metrics["orders"] as? Int == 3)
                #expect(metrics["revenue"] as? Int == 3_297)
                #expect(metrics["pieces"] as? [String: Int] == ["tea": 6, "salt": 3])
                #expect((standing["audit"] as? [[String: Any]])?.map { $0["key"] as? String } == ["k3", "k2", "k1"])
            }
        }

        @Test("An order that is sent again is counted once") func again() async throws {
            try await Self.opened { shop, file in
                let cart = try await shop.fill("ann")
                #expect(try await shop.ask("POST", "/orders", cart, key: "k1").status == 201)
                #expect(try await shop.ask("POST", "/orders", cart, key: "k1").status == 200)
                let metrics = try await shop.ask("GET", "/events").json["metrics"] as? [String: Any]
                #expect(metrics?["orders"] as? Int == 1)
                #expect(Set(try Self.written(file).map(\.order)).count == 1)
            }
        }

        @Test("A handler that fails in the middle of an event loses none for the other one, and is installed again")
        func failingHandler() async throws {
            try await Self.opened { shop, file in
                for number in 1...20 {
                    EventManagerName.orderEvents.inform(OrderMetrics.Info.breakAtNextEvent)
                    _ = try await Self.order(number, shop)
                    var handlers: [String]?
                    while handlers != ["OrderMetrics", "AuditTrail"] {
                        handlers = try await shop.ask("GET", "/events").json["handlers"] as? [String]
                    }
                }
                #expect(try Self.written(file).map(\.key) == (1...20).map { "k\($0)" })
                let standing = try await shop.ask("GET", "/events").json
                #expect(standing["failures"] as? Int == 20)
                #expect((standing["metrics"] as? [String: Any])?["orders"] as? Int == 0)
                #expect(try await Self.lost(shop) == 0)
            }
        }

        @Test(
            "Whoever is killed, orders go on, and each is in the audit trail before its customer knows",
            arguments: ["manager", "handlers", "tree"])
        func killed(_ who: String) async throws {
            try await Self.opened { shop, file in
                for number in 1...5 {
                    switch who {
                    case "manager": EventManagerName.orderEvents.sendExit(.kill)
                    case "handlers": ServerName.orderHandlers.sendExit(.kill)
                    default: if let tree = SupervisorName.orderEvents.ref { Node.current.sendExit(.kill, to: tree.pid) }
                    }
                    let order = try await Self.order(number, shop)
                    #expect(try Self.written(file).map(\.order).contains(order))
                }
                #expect(try await Self.lost(shop) == 0)
            }
        }

        @Test("Without an audit trail there are no orders, only requests to send them again") func noTrail()
            async throws
        {
            try await Self.opened { shop, file in
                try await SupervisorName.orderEvents.terminateChild("handlers")
                let cart = try await shop.fill("ann")
                #expect(try await shop.ask("POST", "/orders", cart, key: "k1").code == "not_audited")
                try await SupervisorName.orderEvents.restartChild("handlers")
                #expect(try await shop.ask("POST", "/orders", cart, key: "k1").status == 200)
                #expect(Set(try Self.written(file).map(\.key)) == ["k1"])
            }
        }
    }
}

@Test("Receipts tell what was had, what was lost, and what nobody can know") func receipts() {
    var receipts = Receipts(after: 10, memory: 5)
    for number in [11, 13, 12, 15] { receipts.note(number) }
    #expect([11, 12, 13, 15].map { receipts.answer(for: $0) } == [.had, .had, .had, .had])
    #expect(receipts.answer(for: 14) == .lost)
    // It may have come to a predecessor.
    #expect(receipts.answer(for: 10) == .unknown)
    #expect(receipts.answer(for: 3) == .unknown)
    // Told when this was there, and still not here when its sender asks.
    #expect(receipts.answer(for: 16) == .lost)
    receipts.note(18)
    #expect(receipts.answer(for: 12) == .unknown)
    #expect(receipts.answer(for: 13) == .had)
    receipts.note(1_000_000)
    #expect(receipts.answer(for: 18) == .unknown)
    #expect(receipts.answer(for: 1_000_000) == .had)
}
