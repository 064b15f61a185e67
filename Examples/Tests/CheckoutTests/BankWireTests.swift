import Bank
import BankWire
import NIOCore
import Testing

@Suite struct LineCodecTests {
    private func lines(_ pieces: [String]) throws -> [String] {
        let codec = LineCodec()
        var buffer = ByteBuffer()
        var lines: [String] = []
        for piece in pieces {
            buffer.writeString(piece)
            while let line = try codec.decode(buffer: &buffer) { lines.append(line) }
        }
        if let line = try codec.decodeLast(buffer: &buffer, seenEOF: true) { lines.append(line) }
        return lines
    }

    @Test("Lines are put together from whatever pieces they come in") func pieces() throws {
        #expect(try lines("capture k 900\ncapture l 1\n".map(String.init)) == ["capture k 900", "capture l 1"])
        #expect(try lines(["a\nb\n", "\nc", "d\n"]) == ["a", "b", "", "cd"])
    }

    @Test("What has no end is no line: 90 of 900 is not what was asked for") func torn() throws {
        #expect(try lines(["capture k 90"]) == [])
        #expect(try lines(["capture k 900\ncapture l 9"]) == ["capture k 900"])
    }

    @Test("A line has an upper limit, with an end and without") func limit() throws {
        let longest = String(repeating: "x", count: LineCodec.longest)
        #expect(try lines([longest, "\n"]) == [longest])
        #expect(throws: LineCodec.TooLong.self) { try lines([longest + "x\n"]) }
        #expect(throws: LineCodec.TooLong.self) { try lines([longest, "x"]) }
    }
}

/// A bank at its counter, and people who do not know how to ask.
@Suite(.timeLimit(.minutes(1))) struct BankCounterTests {
    private func withBank(_ body: (Int, BankLedger) async throws -> Void) async throws {
        try await withLedger { ledger, _ in
            let bank = try await BankServer.open(ledger)
            try await body(bank.port, ledger)
            await bank.close()
        }
    }

    @Test("A request in pieces is one request, and two in one piece are two") func pieces() async throws {
        try await withBank { port, _ in
            let client = try await RawClient(port: port)
            for piece in ["capt", "ure k 9", "00", "\ncapture l 5\nref"] { try await client.send(piece) }
            var told: Set<String> = []
            for await line in client.lines {
                told.insert(line.split(separator: " ").prefix(3).joined(separator: " "))
                if told.count == 2 { break }
            }
            #expect(told == ["done k 900", "done l 5"])
            try await client.send("und r 900 k\n")
            #expect(await client.lines.first { _ in true } == "done r 900 3")
            client.close()
        }
    }

    @Test("Rubbish is not understood, and harms nobody, not even who sent it") func rubbish() async throws {
        try await withBank { port, ledger in
            let client = try await RawClient(port: port)
            var lines = client.lines.makeAsyncIterator()
            for line in ["GET / HTTP/1.1\r", "\u{0}\u{1}\u{FFFD}", "", "door x cut", "capture k 99999999999999999999"] {
                try await client.send(line + "\n")
                #expect(await lines.next() == "not-understood")
            }
            try await client.send("capture k \(Int.max)\n")
            #expect(await lines.next() == "refused k over-limit")
            #expect(try await ledger.answer(toKey: "x") == nil)
            client.close()
        }
    }

    @Test("Who sends a line without an end is shown the door; the others are served") func endless() async throws {
        try await withBank { port, _ in
            let other = try await RawClient(port: port)
            let client = try await RawClient(port: port)
            try? await client.send(String(repeating: "x", count: 100_000))
            for await line in client.lines { Issue.record("answered: \(line)") }
            try await other.send("capture k 900\n")
            #expect(await other.lines.first { _ in true } == "done k 900 1")
            other.close()
        }
    }

    @Test("What cannot be written is not answered: who asked hears nothing but the end of the connection")
    func unwritten() async throws {
        try await withBank { port, ledger in
            let client = try await RawClient(port: port)
            try ledger.close()
            try await client.send("capture k 900\n")
            for await line in client.lines { Issue.record("answered: \(line)") }
        }
    }
}
