import BankWire
import Foundation
import NIOCore
import OTP
import Synchronization
import Testing

@testable import ShopServer

/// The connection to the bank, and a bank that does not behave.
@Suite(.timeLimit(.minutes(1))) struct BankLinkTests {
    private func withLink(
        to bank: OddBank, silence: Duration = .seconds(20), _ body: (ServerRef<BankLink>) async throws -> Void
    ) async throws {
        let place = BankPlace(port: bank.port)
        let link = try await BankLink.start { BankLink(place, silence: silence, $0) }
        do { try await body(link) } catch {
            try await link.stop()
            throw error
        }
        try await link.stop()
        await bank.close()
    }

    private func ask(_ link: ServerRef<BankLink>, _ key: String) async throws -> Result<BankAnswer, BankLink.Failure> {
        try await link.call(timeout: .seconds(20)) { .ask(.capture(key: key, amount: 900), $0) }
    }

    @Test("Answers come to whoever asked under their keys: in another order, twice, amid rubbish, in pieces")
    func matching() async throws {
        let asked = Mutex<Set<String>>([])
        let bank = try await OddBank(line: { _, line, channel in
            let all = asked.withLock { asked in
                asked.insert(line)
                return asked.count
            }
            guard all == 3 else { return }
            for text in ["refused b no", "done c", "rubbish", "refused b other", "done a 900 1", "done c 900 2"] {
                channel.writeAndFlush(text, promise: nil)
            }
        })
        try await withLink(to: bank) { link in
            async let a = ask(link, "a")
            async let b = ask(link, "b")
            async let c = ask(link, "c")
            let answers = try await [a, b, c]
            #expect(
                answers == [
                    .success(.done(key: "a", amount: 900, receipt: 1)), .success(.refused(key: "b", why: "no")),
                    .success(.done(key: "c", amount: 900, receipt: 2)),
                ])
        }
    }

    @Test("A bank that hangs up as soon as it is called is called again with pauses, and left alone for a while")
    func hangsUp() async throws {
        let (calls, called) = AsyncStream.makeStream(of: Int.self)
        let bank = try await OddBank(opened: { number, channel in
            called.yield(number)
            channel.close(promise: nil)
        })
        let start = ContinuousClock.now
        try await withLink(to: bank) { _ in
            _ = await calls.first { $0 == 4 }
            // 50 ms, 100 ms, then the rest of 250 ms.
            #expect(ContinuousClock.now - start >= .milliseconds(390))
        }
    }

    @Test("A connection on which the bank says nothing to whoever asks is given up; the next one is better")
    func silent() async throws {
        let bank = try await OddBank(line: { connection, line, channel in
            guard connection > 1, let request = BankRequest(line) else { return }
            channel.writeAndFlush("done \(request.key) 900 7", promise: nil)
        })
        try await withLink(to: bank, silence: .seconds(1)) { link in
            let answers = [try await ask(link, "a"), try await ask(link, "a")]
            #expect(answers == [.failure(.connectionLost), .success(.done(key: "a", amount: 900, receipt: 7))])
        }
    }

    @Test("A line without an end costs the connection, and whoever waits is told") func endless() async throws {
        let bank = try await OddBank(line: { _, _, channel in
            channel.writeAndFlush(String(repeating: "x", count: 2 * LineCodec.longest), promise: nil)
        })
        try await withLink(to: bank) { link in
            let answer = try await ask(link, "a")
            #expect(answer == .failure(.connectionLost))
        }
    }

    @Test("Who asks again under a key is told; who had asked before is not left waiting") func askedAgain() async throws
    {
        let (lines, heard) = AsyncStream.makeStream(of: (any Channel).self)
        let bank = try await OddBank(line: { _, _, channel in heard.yield(channel) })
        try await withLink(to: bank) { link in
            var arrived = lines.makeAsyncIterator()
            async let first = ask(link, "a")
            _ = await arrived.next()
            async let second = ask(link, "a")
            await arrived.next()?.writeAndFlush("done a 900 1", promise: nil)
            let answers = try await [first, second]
            #expect(answers == [.failure(.askedAgain), .success(.done(key: "a", amount: 900, receipt: 1))])
        }
    }

    @Test("A bank whose port was taken while it was away is started on another one") func takenPort() async throws {
        let other = try await OddBank()
        let folder = FileManager.default.temporaryDirectory.appending(path: "bank-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let ledger = folder.appending(path: "ledger").path
        let place = BankPlace(port: other.port)
        await #expect(throws: (any Error).self) {
            try await BankProcess.start {
                try await BankProcess(program: Street.program, ledger: ledger, place: place, $0)
            }
        }
        let process = try await BankProcess.start {
            try await BankProcess(program: Street.program, ledger: ledger, place: place, $0)
        }
        let port = try #require(place.port)
        #expect(port != other.port)
        let client = try await RawClient(port: port)
        try await client.send("capture k 900\n")
        #expect(await client.lines.first { _ in true } == "done k 900 1")
        try await process.stop()
        // Its end is the end of the bank's program.
        for await _ in client.lines {}
        await other.close()
    }
}
