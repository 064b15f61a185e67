import Foundation
import Testing

/// Told to stop, whatever it is doing: it is gone in time, says whom it had to kill, and nothing is lost.
@Suite(.serialized, .timeLimit(.minutes(3))) struct StopTests {
    /// What a shop that stops has for everything.
    private static let longest = Duration.seconds(25)

    @Test("Idle") func idle() async throws {
        let street = try await StoppedShop()
        let shop = try street.open()
        let port = try #require(await shop.port())
        try await expectNothingLost(street, port: port, isIdle: true) {
            try await Self.stop(shop, within: Self.longest, killing: [])
            return try await Self.opened(street, port)
        }
    }

    @Test("Under full load") func underLoad() async throws {
        let street = try await StoppedShop()
        let shop = try street.open()
        let port = try #require(await shop.port())
        try await expectNothingLost(street, port: port) {
            try await Self.stop(shop, within: Self.longest, killing: [])
            return try await Self.opened(street, port)
        }
    }

    @Test("Twice in a row under full load") func twice() async throws {
        let street = try await StoppedShop()
        let shop = try street.open(port: 0, "--drain", "60000")
        let port = try #require(await shop.port())
        try await expectNothingLost(street, port: port) {
            shop.send(SIGTERM)
            _ = await shop.line(with: "not ready")
            try await Self.stop(shop, within: .seconds(10), killing: nil)
            return try await Self.opened(street, port)
        }
    }

    @Test("With a handler that never returns, under full load") func hanging() async throws {
        let street = try await StoppedShop()
        let shop = try street.open()
        let port = try #require(await shop.port())
        try await expectNothingLost(street, port: port) {
            try await street.hang("database", port: port)
            try await Self.stop(shop, within: Self.longest, killing: ["shop/storage/database"])
            return try await Self.opened(street, port)
        }
    }

    @Test("During its start, while customers wait for it") func duringStart() async throws {
        let street = try await StoppedShop()
        let shop = try street.open()
        let port = try #require(await shop.port())
        try await expectNothingLost(street, port: port) {
            try await Self.stop(shop, within: Self.longest, killing: [])
            let next = try street.open(port: port, "--slow-start", "60")
            _ = await next.line(with: "opening the shop")
            try await Self.stop(next, within: .seconds(10), killing: [])
            #expect(next.printed.contains("stopped during start"))
            return try await Self.opened(street, port)
        }
    }

    // MARK: steps

    /// SIGTERM; it ends with 0.
    ///
    /// - Parameter killing: Who has to be killed; nil if that is as it may be.
    private static func stop(_ shop: Program, within limit: Duration, killing: [String]?) async throws {
        let begun = ContinuousClock.now
        shop.send(SIGTERM)
        #expect(await shop.exitCode() == 0)
        #expect(ContinuousClock.now - begun < limit)
        let mark = "had to be killed: "
        let killed = await shop.everythingPrinted().split(separator: "\n").filter { $0.hasPrefix(mark) }
            .map { String($0.dropFirst(mark.count)) }
        if let killing { #expect(killed == killing) }
    }

    private static func opened(_ street: StoppedShop, _ port: Int) async throws -> Program {
        let shop = try street.open(port: port)
        #expect(await shop.port() == port)
        return shop
    }

    private func expectNothingLost(
        _ street: StoppedShop, port: Int, isIdle: Bool = false, _ stop: () async throws -> Program
    ) async throws {
        let (code, report) = try await street.judge(port: port, isIdle: isIdle, stop)
        #expect(code == 0, "\(report)")
    }
}
