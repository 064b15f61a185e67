import Foundation
import GRDB
import Testing

@Suite(.timeLimit(.minutes(2))) struct DrillCommandTests {
    @Test("A short drill loses nothing; judged again with an order taken away, it has lost one") func drill()
        async throws
    {
        let folder = FileManager.default.temporaryDirectory.appending(path: "drill-test-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let drill = try Program("drill", "--seconds", "6", "--clients", "8", "--seed", "7", "--output", folder.path)
        let code = await drill.exitCode()
        let report = await drill.everythingPrinted()
        // 2: six seconds on a busy machine may be too short to prove anything.
        #expect(code == 0 || code == 2, "\(report)")
        let line = try #require(report.split(separator: "\n").last { $0.hasPrefix("{") })
        let verdict = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
        #expect(verdict.exit == code)
        #expect(verdict.findings.isEmpty)
        #expect(verdict.figures.ordersAcknowledged > 0)
        let page = try String(contentsOf: folder.appending(path: "report.html"), encoding: .utf8)
        #expect(page.contains("</svg>") && page.contains("seed 7"))

        let again = try Program("judge", folder.path)
        #expect(await again.exitCode() == code)

        let books = try DatabaseQueue(path: folder.appending(path: "shop.sqlite").path)
        try await books.write { db in
            try db.execute(sql: "DELETE FROM payments WHERE order_id = (SELECT MAX(id) FROM orders)")
            try db.execute(sql: "DELETE FROM order_lines WHERE order_id = (SELECT MAX(id) FROM orders)")
            try db.execute(sql: "DELETE FROM orders WHERE id = (SELECT MAX(id) FROM orders)")
        }
        try books.close()
        let robbed = try Program("judge", folder.path)
        #expect(await robbed.exitCode() == 1)
        #expect(await robbed.everythingPrinted().contains("lost-order"))
    }

    private struct Line: Decodable {
        struct Finding: Decodable { let rule: String, detail: String }
        struct Figures: Decodable { let ordersAcknowledged: Int }
        let exit: Int32
        let findings: [Finding]
        let figures: Figures
    }

    @Test("Several seeds: the first that is not found good ends it, with what replays its plan") func repeated()
        async throws
    {
        let folder = FileManager.default.temporaryDirectory.appending(path: "drill-test-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        // Five seconds are too thin; nothing is lost in them.
        let drill = try Program(
            "drill", "--seconds", "5", "--clients", "8", "--seed", "11", "--repeat", "3", "--output", folder.path)
        #expect(await drill.exitCode() == 2)
        let printed = await drill.everythingPrinted()
        #expect(printed.contains("storefront drill --seconds 5 --clients 8 --seed 11"), "\(printed)")
        #expect(!printed.contains("seed 12"))
    }

    @Test("The same seed prints the same plan") func plan() async throws {
        let first = try Program("drill", "--plan", "--seed", "3")
        let second = try Program("drill", "--plan", "--seed", "3")
        let other = try Program("drill", "--plan", "--seed", "4")
        let plan = await first.everythingPrinted()
        #expect(plan.contains("kill-supervisor"))
        #expect(await second.everythingPrinted() == plan)
        #expect(await other.everythingPrinted() != plan)
    }

    @Test(
        "What cannot be is refused",
        arguments: [
            ["drill", "--seconds", "0"], ["drill", "--clients", "0"], ["drill", "--seed", "-1"],
            ["drill", "--repeat", "0"], ["judge", "/nowhere"],
            ["--port", "70000"], ["--rate", "0"], ["open"],
        ])
    func refused(_ arguments: [String]) async throws {
        let program = try Program(arguments)
        let code = await program.exitCode()
        #expect(code != 0 && code < 1_000, "\(arguments): \(code)")
    }
}
