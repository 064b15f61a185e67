import OTP
import OTPTestKit
import Testing

@Suite struct RequestCollectionTests {
    /// What a collection gave, in few words.
    private static func short(_ response: RequestResponse<String, String>) -> String {
        switch response {
        case .response(let result, let label): "\(label): \(SceneLog.short(result))"
        case .timeout: "timeout"
        case .noRequest: "no request"
        }
    }

    /// A server, and three requests to it that are answered after 3, 1 and 2 seconds.
    private static func three(
        _ journal: SceneLog
    ) async throws -> (server: ServerRef<Subject>, requests: RequestCollection<String, String>) {
        let server = try await Subject.start { Subject(journal) }
        let requests = RequestCollection<String, String>()
        for (label, delay) in [("a", 3), ("b", 1), ("c", 2)] {
            requests.send(to: server, label: label) { .later(.seconds(delay), $0) }
        }
        return (server, requests)
    }

    @Test("GS-094 a collection begins empty and grows by what is added and by what is sent into it")
    func grows() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            let requests = RequestCollection<String, String>()
            journal.note("\(requests.count) \(requests.isEmpty)")
            let id: RequestID<String> = server.sendRequest { .ping($0) }
            try requests.add(id, label: "added")
            journal.note("\(requests.count)")
            requests.send(to: server, label: "sent") { .ping($0) }
            journal.note("\(requests.count) \(requests.isEmpty)")
        }
        #expect(lines == ["0 true", "1", "2 false"])
    }

    @Test("GS-095 GS-098 responses come in the order of arrival, each with its label, and leave the collection if told")
    func receiveInOrder() throws {
        let lines = try played { me, journal in
            let (_, requests) = try await Self.three(journal)
            journal.note("\(Self.short(try await requests.receive())), \(requests.count) left")
            journal.note("\(Self.short(try await requests.receive(removing: false))), \(requests.count) left")
            journal.note("\(Self.short(try await requests.receive(timeout: nil))), \(requests.count) left")
            // Of the one that stayed the response has been taken: nothing can come.
            journal.note("\(Self.short(try await requests.receive(timeout: .seconds(1)))), \(requests.count) left")
        }
        #expect(
            lines == ["b: reply later, 2 left", "c: reply later, 2 left", "a: reply later, 1 left", "timeout, 1 left"])
    }

    @Test("GS-096 an empty collection says so at once, however it is asked")
    func empty() throws {
        let lines = try played { me, journal in
            let requests = RequestCollection<String, String>()
            let before = me.node.now
            journal.note(Self.short(try await requests.receive(timeout: nil)))
            journal.note(Self.short(try await requests.wait(timeout: nil)))
            journal.note(Self.short(requests.check()))
            journal.note("after \(me.node.now - before)")
        }
        #expect(lines == ["no request", "no request", "no request", "after 0.0 seconds"])
    }

    @Test("GS-097 GS-107 a request outside the collection is left alone by it")
    func outside() throws {
        let lines = try played { me, journal in
            let (server, requests) = try await Self.three(journal)
            let other: RequestID<String> = server.sendRequest { .ping($0) }
            try await me.sleep(for: .milliseconds(10))
            journal.note(Self.short(requests.check()))
            journal.note(Self.short(try await requests.receive()))
            journal.note(SceneLog.short(try await other.response()))
            try await me.sleep(for: .seconds(10))
            journal.note(Self.short(requests.check()))
            journal.note(Self.short(requests.check()))
            journal.note(Self.short(requests.check()))
        }
        #expect(
            lines == [
                "timeout", "b: reply later", "reply pong", "c: reply later", "a: reply later", "no request",
            ])
    }

    @Test("GS-099 a receive that runs out of time abandons every request: late replies are dropped")
    func receiveAbandons() throws {
        let lines = try played { me, journal in
            let (server, requests) = try await Self.three(journal)
            journal.note(Self.short(try await requests.receive(timeout: .milliseconds(500))))
            try await me.sleep(for: .seconds(10))
            journal.note("\(Self.short(try await requests.receive(timeout: .seconds(5)))), \(requests.count) in it")
            journal.note(Self.short(requests.check()))
            journal.note("\(try await me.leftovers())")
            requests.send(to: server, label: "new") { .ping($0) }
            journal.note(Self.short(try await requests.receive()))
        }
        #expect(lines == ["timeout", "timeout, 3 in it", "timeout", "[]", "new: reply pong"])
    }

    @Test("GS-100 a collection as a list of ids and labels")
    func list() throws {
        let lines = try played { me, journal in
            let (server, requests) = try await Self.three(journal)
            let id: RequestID<String> = server.sendRequest { .ping($0) }
            try requests.add(id, label: "d")
            journal.note("\(requests.requests.map(\.label)) \(requests.requests.last?.id == id)")
        }
        #expect(lines == [#"["a", "b", "c", "d"] true"#])
    }

    @Test("GS-101 GS-106 an id that is in the collection cannot be added again")
    func duplicates() throws {
        let lines = try played { me, journal in
            let server = try await Subject.start { Subject(journal) }
            let requests = RequestCollection<String, String>()
            let id: RequestID<String> = server.sendRequest { .ping($0) }
            try requests.add(id, label: "once")
            await journal.note { try requests.add(id, label: "twice") }
            journal.note("\(requests.count)")
            journal.note(Self.short(try await requests.wait()))
            // Now it is not in it any more.
            try requests.add(id, label: "again")
            journal.note(Self.short(try await requests.wait()))
        }
        #expect(
            lines == [
                "threw the request is in the collection already", "1", "once: reply pong", "again: reply pong",
            ])
    }

    @Test("GS-102 GS-108 the end of a server is the response of its request, the others stay valid", arguments: 0..<3)
    func serverEnds(how: Int) throws {
        let lines = try played { me, journal in
            let (_, requests) = try await Self.three(SceneLog())
            let silent = SceneLog()
            let ending = try await Subject.start { Subject(silent) }
            requests.send(to: ending, label: "dead") { .stopSilently(.shutdown, $0) }
            requests.send(to: ServerName<Subject>("nobody"), label: "nobody") { .ping($0) }
            for _ in 0..<5 {
                switch how {
                case 0: journal.note(Self.short(try await requests.receive()))
                case 1: journal.note(Self.short(try await requests.wait()))
                default:
                    try await me.sleep(for: .milliseconds(1100))
                    journal.note(Self.short(requests.check()))
                }
            }
        }
        #expect(
            lines == [
                "nobody: noProcess", "dead: exited (shutdown)", "b: reply later", "c: reply later", "a: reply later",
            ])
    }

    @Test("GS-103 GS-104 a wait has the same order, size and labels as a receive")
    func waitInOrder() throws {
        let lines = try played { me, journal in
            let (_, requests) = try await Self.three(journal)
            journal.note("\(Self.short(try await requests.wait(removing: false))), \(requests.count) left")
            journal.note("\(Self.short(try await requests.wait())), \(requests.count) left")
            journal.note("\(Self.short(try await requests.wait(timeout: nil))), \(requests.count) left")
        }
        #expect(lines == ["b: reply later, 3 left", "c: reply later, 2 left", "a: reply later, 1 left"])
    }

    @Test("GS-105 a wait that runs out of time abandons no request")
    func waitKeeps() throws {
        let lines = try played { me, journal in
            let (_, requests) = try await Self.three(journal)
            journal.note(Self.short(try await requests.wait(timeout: .milliseconds(500))))
            journal.note(Self.short(try await requests.wait(timeout: .zero)))
            for _ in 0..<3 { journal.note(Self.short(try await requests.wait())) }
            journal.note(Self.short(try await requests.wait()))
        }
        #expect(
            lines == ["timeout", "timeout", "b: reply later", "c: reply later", "a: reply later", "no request"])
    }

    @Test("one point in time for several responses: a wait keeps those that have not come by then, a receive does not")
    func untilAPoint() throws {
        let lines = try played { me, journal in
            let (_, requests) = try await Self.three(journal)
            let point = me.node.now + .milliseconds(1500)
            for _ in 0..<2 { journal.note(Self.short(try await requests.wait(until: point))) }
            journal.note("\(me.node.now - point)")
            journal.note(Self.short(try await requests.receive(until: point + .seconds(1), removing: false)))
            journal.note("\(Self.short(try await requests.receive(until: point))), \(requests.count) in it")
            try await me.sleep(for: .seconds(10))
            journal.note(Self.short(requests.check()))
            let none = RequestCollection<String, String>()
            journal.note(Self.short(try await none.wait(until: point)))
        }
        #expect(
            lines == [
                "b: reply later", "timeout", "0.0 seconds", "c: reply later", "timeout, 2 in it", "timeout",
                "no request",
            ])
    }

    @Test("a point in time is one of a node whose answer may still come")
    func untilAPointOfThoseThatWait() throws {
        let ahead = VirtualNode(seed: 2)
        let elsewhere = try ahead.run { me in
            try await me.sleep(for: .seconds(3_600))
            return try await Subject.start { Subject(SceneLog()) }
        }
        let lines = try played { me, journal in
            let (_, requests) = try await Self.three(journal)
            for _ in 0..<20 {
                let id: RequestID<String> = elsewhere.sendRequest { .ping($0) }
                try requests.add(id, label: "abandoned")
                id.abandon()
            }
            let point = me.node.now + .milliseconds(1500)
            while case let response = try await requests.wait(until: point) {
                if Self.short(response) == "timeout" { break }
                if Self.short(response).hasPrefix("b") { journal.note(Self.short(response)) }
            }
            journal.note("\(me.node.now - point)")
        }
        #expect(lines == ["b: reply later", "0.0 seconds"])
    }

    @Test("whoever waits for a collection in a task can be cancelled, and may wait again")
    func cancelled() async throws {
        let node = Node(name: "collections", workers: 2)
        let server = try await node.with { try await Subject.start { Subject(SceneLog()) } }
        let outcome = await Task {
            let requests = RequestCollection<String, String>()
            requests.send(to: server, label: "kept") { .keep($0) }
            withUnsafeCurrentTask { $0?.cancel() }
            do {
                _ = try await requests.wait()
                return "came"
            } catch is CancellationError { return "cancelled" } catch { return "\(error)" }
        }.value
        #expect(outcome == "cancelled")
        await node.shutdown()
    }
}
