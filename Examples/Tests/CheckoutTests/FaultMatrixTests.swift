import BankWire
import DrillClient
import Foundation
import Testing

@testable import ShopServer

extension Cell: CustomTestStringConvertible {
    var testDescription: String { "\(point): \(blow.rawValue)" }
}

@Suite(.timeLimit(.minutes(5))) struct FaultMatrixTests {
    /// As many at once as there is work for.
    private static let lanes = Lanes(max(2, ProcessInfo.processInfo.activeProcessorCount * 2))

    @Test(
        "Whatever breaks wherever, each order is paid once, and customers, database and ledger agree",
        arguments: Cell.all)
    func cell(_ cell: Cell) async throws {
        let outcome = try await Self.lanes.use { try await CellRun(cell: cell).run() }
        #expect(outcome.insistent?.status == 200)
        #expect(outcome.states == ["captured", cell.isForgotten ? "unpaid" : "captured"])
        #expect(outcome.refund?.status == 200)
        #expect(outcome.captures == (cell.isForgotten ? 2 : 3))
        #expect(outcome.refunds == 1)
        #expect(outcome.findings == [])
        #expect(outcome.shopEnd == "exit 0")
    }

    @Test("A shop that asks the bank before its books say so is found: the bank has money that it knows nothing of")
    func skippedIntent() async throws {
        let cell = Cell(point: .bank(.afterWrite), blow: .killShop)
        let outcome = try await Self.lanes.use {
            try await CellRun(cell: cell, shopOptions: ["--plant", "skip-intent"]).run()
        }
        #expect(outcome.states == ["captured", "unpaid"])
        #expect(outcome.findings.contains { $0.hasPrefix("stray-payment") })
        #expect(outcome.findings.contains { $0.hasPrefix("payment-sum") })
    }

    @Test("A bank that forgets its keys is found: it takes the money again when it is asked again")
    func forgottenKeys() async throws {
        let cell = Cell(point: .bank(.afterWrite), blow: .lost)
        let outcome = try await Self.lanes.use { try await CellRun(cell: cell, bankOptions: ["--forgets-keys"]).run() }
        #expect(outcome.findings.contains { $0.hasPrefix("doubled-payment") })
        #expect(outcome.findings.contains { $0.hasPrefix("payment-sum") })
    }
}

/// Lets so many through at once.
private actor Lanes {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func use<T: Sendable>(_ body: @Sendable () async throws -> T) async rethrows -> T {
        if free == 0 { await withCheckedContinuation { waiting.append($0) } } else { free -= 1 }
        defer { if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() } }
        return try await body()
    }
}
