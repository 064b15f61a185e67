import DrillClient
import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct ShutdownTests {
    @Test(
        "It prints tree, address and three curl lines; SIGTERM and SIGINT end it with 0", arguments: [SIGTERM, SIGINT])
    func idle(_ signal: Int32) async throws {
        let program = try Program("--port", "0")
        let port = try #require(await program.port())
        _ = await program.line(with: "Ctrl-C")
        #expect(program.printed.contains("member 10"))
        #expect(program.printed.components(separatedBy: "curl -s").count - 1 >= 3)
        #expect(try await HTTPConnection.open(port: port).send("GET", "/health/ready").status == 200)
        program.send(signal)
        #expect(await program.exitCode() == 0)
        #expect(await program.everythingPrinted().contains("the shop is closed"))
        #expect(await !program.everythingPrinted().contains("had to be killed"))
    }

    @Test("Under load it says that it is not ready, answers what it took, and ends with 0") func underLoad()
        async throws
    {
        let program = try Program("--port", "0", "--rate", "100000", "--drain", "3000")
        let port = try #require(await program.port())
        let probe = try await HTTPConnection.open(port: port)
        let answered = try await withThrowingTaskGroup(of: Int.self) { group in
            for client in 0..<8 {
                group.addTask { try await Self.shop(as: client, port: port) }
            }
            // Under way once somebody has a cart.
            while try await probe.send("GET", "/carts/c0").status != 200 {}
            program.send(SIGTERM)
            _ = await program.line(with: "not ready")
            #expect(try await probe.send("GET", "/health/ready").status == 503)
            return try await group.reduce(0, +)
        }
        #expect(answered > 0)
        #expect(await program.exitCode() == 0)
        #expect(await !program.everythingPrinted().contains("had to be killed"))
    }

    /// Fills a cart until the door closes; what is taken must be answered. Returns how many answers came.
    private static func shop(as client: Int, port: Int) async throws -> Int {
        var answers = 0
        while let connection = try? await HTTPConnection.open(port: port) {
            defer { connection.close() }
            do {
                let answer = try await connection.send(
                    "PUT", "/carts/c\(client)/lines/tea", body: #"{"quantity":\#(answers % 9 + 1)}"#,
                    within: .seconds(10))
                #expect(answer.status == 200 || answer.status == 503, "\(answer)")
                answers += 1
            } catch {
                // Accepted by the system, closed before the shop read anything.
                continue
            }
        }
        return answers
    }

    @Test("A request that is being answered when the signal comes is answered") func inFlight() async throws {
        let program = try Program("--port", "0", "--faults", "secret")
        let port = try #require(await program.port())
        let token = [("Fault-Token", "secret")]
        let request = Task {
            try await HTTPConnection.open(port: port).send(
                "GET", "/faults/keep/1500", headers: token, within: .seconds(30))
        }
        try await Self.untilKept(port, token)
        program.send(SIGTERM)
        _ = await program.line(with: "not ready")
        #expect(try await request.value.status == 200)
        #expect(await program.exitCode() == 0)
        #expect(await !program.everythingPrinted().contains("had to be killed"))
    }

    @Test("During start it stops what had started and ends with 0") func duringStart() async throws {
        let program = try Program("--port", "0", "--slow-start", "60")
        _ = await program.line(with: "opening the shop")
        program.send(SIGTERM)
        #expect(await program.exitCode() == 0)
        #expect(await program.everythingPrinted().contains("stopped during start"))
    }

    @Test("A handler that never returns is killed and named, and the exit is still 0") func hanging() async throws {
        let program = try Program("--port", "0", "--faults", "secret")
        let port = try #require(await program.port())
        let client = try await HTTPConnection.open(port: port)
        let hit = try await client.send(
            "POST", "/faults", headers: [("Fault-Token", "secret")],
            body: #"{"kind":"hang","role":"database","index":0}"#)
        #expect(hit.status == 200)
        program.send(SIGTERM)
        #expect(await program.exitCode() == 0)
        let killed = await program.everythingPrinted().split(separator: "\n").filter {
            $0.hasPrefix("had to be killed")
        }
        #expect(killed.count == 1)
        #expect(killed.first?.contains("database") == true)
    }

    @Test("A request that is never answered does not keep it from ending") func hangingRequest() async throws {
        let program = try Program("--port", "0", "--faults", "secret")
        let port = try #require(await program.port())
        let client = try await HTTPConnection.open(port: port)
        let token = [("Fault-Token", "secret")]
        let never = Task { try await client.send("GET", "/faults/hang", headers: token, within: .seconds(60)) }
        try await Self.untilKept(port, token)
        #expect(try await HTTPConnection.open(port: port).send("GET", "/health/ready").status == 200)
        program.send(SIGTERM)
        #expect(await program.exitCode() == 0)
        #expect(await program.everythingPrinted().contains("had to be killed"))
        await #expect(throws: NoAnswer.self) { try await never.value }
    }

    /// Returns when the shop has got the request that it keeps waiting.
    private static func untilKept(_ port: Int, _ token: [(String, String)]) async throws {
        let probe = try await HTTPConnection.open(port: port)
        while try await !probe.send("GET", "/faults/counts", headers: token).body.contains(#""kept":1"#) {}
    }

    /// A shop with a handler that never returns, told to end and at it.
    private static func stoppingWithHang(drain: Int = 0) async throws -> Program {
        let program = try Program("--port", "0", "--faults", "secret", "--drain", "\(drain)")
        let port = try #require(await program.port())
        let client = try await HTTPConnection.open(port: port)
        let hit = try await client.send(
            "POST", "/faults", headers: [("Fault-Token", "secret")],
            body: #"{"kind":"hang","role":"database","index":0}"#)
        #expect(hit.status == 200)
        program.send(SIGTERM)
        _ = await program.line(with: "not ready")
        return program
    }

    @Test("A second signal shortens what is left, a drain of a minute too; who is killed is named, and the exit is 0")
    func twice() async throws {
        let program = try await Self.stoppingWithHang(drain: 60_000)
        program.send(SIGINT)
        #expect(await program.exitCode() == 0)
        let printed = await program.everythingPrinted()
        #expect(printed.contains("again: all that is left has 2 seconds"))
        let killed = printed.split(separator: "\n").filter { $0.hasPrefix("had to be killed") }
        #expect(killed.count { $0.contains("database") } == 1)
        #expect(printed.contains("the shop is closed"))
    }

    @Test("A third signal ends it at once") func thrice() async throws {
        let program = try await Self.stoppingWithHang()
        program.send(SIGTERM)
        _ = await program.line(with: "again")
        program.send(SIGTERM)
        #expect(await program.exitCode() == 1)
        #expect(await program.everythingPrinted().contains("stopping at once"))
    }

    @Test("Two signals in a row end an idle shop with 0") func twiceInARow() async throws {
        let program = try Program("--port", "0")
        _ = await program.line(with: "Ctrl-C")
        program.send(SIGTERM)
        program.send(SIGTERM)
        #expect(await program.exitCode() == 0)
        #expect(await program.everythingPrinted().contains("the shop is closed"))
        #expect(await !program.everythingPrinted().contains("had to be killed"))
    }

    @Test("Two signals in a row still let a request be answered that takes less than what is left")
    func twiceInFlight() async throws {
        let program = try Program("--port", "0", "--faults", "secret", "--drain", "60000")
        let port = try #require(await program.port())
        let token = [("Fault-Token", "secret")]
        let request = Task {
            try await HTTPConnection.open(port: port).send(
                "GET", "/faults/keep/700", headers: token, within: .seconds(30))
        }
        try await Self.untilKept(port, token)
        program.send(SIGTERM)
        _ = await program.line(with: "not ready")
        program.send(SIGTERM)
        #expect(try await request.value.status == 200)
        #expect(await program.exitCode() == 0)
    }

    @Test("A second signal during a start that cannot be undone ends it at once") func twiceDuringStart() async throws {
        let program = try Program("--port", "0", "--stuck-start")
        _ = await program.line(with: "the start is stuck")
        program.send(SIGTERM)
        _ = await program.line(with: "stopping what has started")
        program.send(SIGTERM)
        #expect(await program.exitCode() == 1)
        #expect(await program.everythingPrinted().contains("stopping at once"))
    }

    @Test("A port that is taken is said to be, and the exit is not 0") func portTaken() async throws {
        let first = try Program("--port", "0")
        let port = try #require(await first.port())
        let second = try Program("--port", "\(port)")
        #expect(await second.exitCode() != 0)
        first.send(SIGTERM)
        #expect(await first.exitCode() == 0)
    }
}
