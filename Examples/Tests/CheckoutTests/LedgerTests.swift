import Bank
import BankWire
import Foundation
import Testing

/// A ledger in a folder of its own.
func withLedger(forgetsKeys: Bool = false, _ body: (BankLedger, String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ledger-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "ledger").path
    let ledger = try BankLedger(path: path, limit: 10_000, forgetsKeys: forgetsKeys)
    try await body(ledger, path)
    try ledger.close()
}

@Suite struct LedgerTests {
    @Test("A key is done once; whoever asks again gets the first answer, also from the same ledger opened anew")
    func repeats() async throws {
        try await withLedger { ledger, path in
            let first = try await ledger.answer(to: .capture(key: "a", amount: 900))
            #expect(first == .done(key: "a", amount: 900, receipt: 1))
            #expect(try await ledger.answer(to: .capture(key: "a", amount: 900)) == first)
            let again = try BankLedger(path: path)
            #expect(try await again.answer(to: .capture(key: "a", amount: 900)) == first)
            #expect(try await again.answer(to: .capture(key: "b", amount: 1)).key == "b")
            #expect(try await again.answer(toKey: "c") == nil)
            try again.close()
        }
    }

    @Test("A key is bound to its amount, and to what was asked") func bound() async throws {
        try await withLedger { ledger, _ in
            _ = try await ledger.answer(to: .capture(key: "a", amount: 900))
            #expect(try await ledger.answer(to: .capture(key: "a", amount: 901)) == .keyReused(key: "a"))
            #expect(try await ledger.answer(to: .refund(key: "a", amount: 900, of: "a")) == .keyReused(key: "a"))
            #expect(
                try await ledger.answer(to: .capture(key: "a", amount: 900)) == .done(key: "a", amount: 900, receipt: 1)
            )
        }
    }

    @Test("A refusal is an answer like any other: the first one is repeated") func refusals() async throws {
        try await withLedger { ledger, path in
            let refusal = BankAnswer.refused(key: "a", why: "over-limit")
            #expect(try await ledger.answer(to: .capture(key: "a", amount: 10_001)) == refusal)
            let richer = try BankLedger(path: path, limit: 20_000)
            #expect(try await richer.answer(to: .capture(key: "a", amount: 10_001)) == refusal)
            try richer.close()
        }
    }

    @Test("Only what was captured is given back, and no more") func refunds() async throws {
        try await withLedger { ledger, _ in
            _ = try await ledger.answer(to: .capture(key: "a", amount: 900))
            let none = try await ledger.answer(to: .refund(key: "r0", amount: 1, of: "b"))
            #expect(none == .refused(key: "r0", why: "no-such-capture"))
            let all = try await ledger.answer(to: .refund(key: "r1", amount: 900, of: "a"))
            #expect(all == .done(key: "r1", amount: 900, receipt: 3))
            #expect(try await ledger.answer(to: .refund(key: "r1", amount: 900, of: "a")) == all)
            let more = try await ledger.answer(to: .refund(key: "r2", amount: 1, of: "a"))
            #expect(more == .refused(key: "r2", why: "more-than-captured"))
            _ = try await ledger.answer(to: .capture(key: "b", amount: 900))
            _ = try await ledger.answer(to: .refund(key: "r3", amount: 400, of: "b"))
            let endless = try await ledger.answer(to: .refund(key: "r4", amount: .max, of: "b"))
            #expect(endless == .refused(key: "r4", why: "more-than-captured"))
            let rest = try await ledger.answer(to: .refund(key: "r5", amount: 500, of: "b"))
            #expect(rest == .done(key: "r5", amount: 500, receipt: 8))
        }
    }

    @Test("A bank that forgets keys takes the money twice: that is what it is for") func forgetful() async throws {
        try await withLedger(forgetsKeys: true) { ledger, _ in
            let first = try await ledger.answer(to: .capture(key: "a", amount: 900))
            #expect(try await ledger.answer(to: .capture(key: "a", amount: 900)) != first)
        }
    }
}

@Suite struct WireTests {
    @Test(
        "Requests, answers and commands are read as they were written",
        arguments: ["capture k 900", "refund r 900 k"])
    func requests(_ line: String) throws {
        #expect(try #require(BankRequest(line)).line == line)
    }

    @Test(arguments: ["done k 900 7", "refused k over-limit", "key-reused k"]) func answers(_ line: String) throws {
        #expect(try #require(BankAnswer(line)).line == line)
    }

    @Test(arguments: [
        "hold after-write", "release", "mishap lost 1", "mishap doubled 3", "mishap late 2 150", "cut", "again k",
    ]) func commands(_ words: String) throws {
        #expect(try #require(BankDoor(words.split(separator: " ").map(String.init))).words == words)
    }

    @Test(
        "What is not a request is none",
        arguments: [
            "", "capture", "capture k", "capture k 0", "capture k -1", "capture k 1.5", "capture k 1 2", "refund r 1",
            "CAPTURE k 1", "capture \(String(repeating: "k", count: 101)) 1", "capture ä 1",
        ])
    func noRequests(_ line: String) { #expect(BankRequest(line) == nil) }
}
