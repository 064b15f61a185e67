import OTP
import OTPTestKit
import Testing

@Suite struct EventRequestTests {
    @Test(
        "GE-044 a request gives the answer, or that there is no such handler, or no manager; a wait of zero loses nothing"
    )
    func request() throws {
        let lines = try events { events, _, journal in
            let id = try await events.addHandler { Scribe(journal) }
            let latch = Latch()
            let answered = events.sendRequest(id) { .wait(latch, $0) }
            journal.note("\(try await answered.wait(timeout: .zero) == nil)")
            latch.open()
            journal.note(short(try await answered.response()))
            journal.note(short(try await events.sendRequest(HandlerID<Scribe>(9)) { .name($0) }.response()))
            let nobody = EventManagerName<String>("nobody")
            journal.note(short(try await nobody.sendRequest(id) { .name($0) }.response()))
            let other = events.sendRequest(id) { .name($0) }
            journal.note("\(other.check() == nil)")
            journal.note(short(try await other.response()))
        }
        #expect(
            lines == ["true", "waited", "there is no handler Scribe 9", "noProcess", "true", "scribe"])
    }

    @Test(
        "GE-046 GE-048 responses of a collection come as they arrive, with their labels; a wait that is over abandons none"
    )
    func collection() throws {
        let lines = try events { events, me, journal in
            let id = try await events.addHandler { Scribe(journal) }
            let latch = Latch()
            let requests = RequestCollection<String, Result<String, EventHandlerError>>()
            try requests.add(events.sendRequest(id) { .wait(latch, $0) }, label: "first")
            let quick = EventManager<String>("quick")
            try await quick.start()
            try await quick.addHandler { Scribe(journal, "quick") }
            let second = quick.sendRequest(id) { .name($0) }
            try requests.add(second, label: "second")
            do { try requests.add(second, label: "again") } catch { journal.note("\(error)") }
            let one = try await requests.wait(timeout: .seconds(1))
            journal.note(short(one))
            journal.note(short(try await requests.wait(timeout: .seconds(1))))
            latch.open()
            let two = try await requests.wait(timeout: .seconds(1))
            journal.note("\(short(two)) \(requests.count)")
        }
        #expect(lines.count == 4)
        #expect(lines.suffix(3) == ["second quick", "timeout", "first waited 0"])
    }

    @Test("GE-044 what a handler answers, or why it cannot, comes as a message of whoever asks")
    func asked() throws {
        let lines = try events { events, me, journal in
            let id = try await events.addHandler { Scribe(journal) }
            let nobody = EventManagerName<String>("nobody")
            let latch = Latch()
            me.ask(events, id) {
                .name($0)
            } then: {
                .text("1 \(short($0))")
            }
            journal.note(try await me.next())
            me.ask(events, HandlerID<Scribe>(9)) {
                .name($0)
            } then: {
                .text("2 \(short($0))")
            }
            journal.note(try await me.next())
            me.ask(nobody, id) {
                .name($0)
            } then: {
                .text("3 \(short($0))")
            }
            journal.note(try await me.next())
            me.ask(events, id, timeout: .seconds(1)) {
                .wait(latch, $0)
            } then: {
                .text("4 \(short($0))")
            }
            journal.note(try await me.next())
            latch.open()
            me.ask(events, id) {
                .fail($0)
            } then: {
                .text("5 \(short($0))")
            }
            journal.note(try await me.next())
        }
        #expect(
            lines.filter { !$0.hasPrefix("scribe") && !$0.hasPrefix("handler") } == [
                "1 scribe", "2 there is no handler Scribe 9", "3 noProcess", "4 timeout",
                "5 handler Scribe failed and was removed: scribe broken",
            ])
    }

    @Test("GE-047 a request to a manager that has ended, and one to a missing handler, are answered so in a collection")
    func deadManager() throws {
        let lines = try events { events, _, journal in
            let requests = RequestCollection<Int, Result<String, EventHandlerError>>()
            try requests.add(events.sendRequest(HandlerID<Scribe>(1)) { .name($0) }, label: 1)
            let first = try await requests.wait()
            journal.note(short(first))
            let ref = try #require(events.whereIs())
            try await ref.stop()
            try requests.add(ref.sendRequest(HandlerID<Scribe>()) { .name($0) }, label: 2)
            let second = try await requests.wait()
            journal.note(short(second))
        }
        #expect(lines == ["1 there is no handler Scribe 1", "2 noProcess"])
    }

    @Test(
        "GE-049 to check a collection takes what has come and leaves the rest; a request outside of it is not its business"
    )
    func check() throws {
        let lines = try events { events, me, journal in
            let id = try await events.addHandler { Scribe(journal) }
            let requests = RequestCollection<Int, Result<String, EventHandlerError>>()
            let outside = events.sendRequest(id) { .name($0) }
            journal.note("\(short(requests.check()))")
            let latch = Latch()
            try requests.add(events.sendRequest(id) { .wait(latch, $0) }, label: 1)
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(short(requests.check())) \(outside.check() != nil)")
            latch.open()
            journal.note(short(try await outside.response()))
            try await me.sleep(for: .milliseconds(1))
            let one = requests.check()
            journal.note(short(one))
        }
        #expect(lines == ["noRequest", "timeout true", "scribe", "1 waited"])
    }
}

/// What became of a request to a handler, in few words.
private func short(_ response: Result<Result<String, EventHandlerError>, CallError>) -> String {
    switch response {
    case .success(.success(let value)): value
    case .success(.failure(let error)): "\(error)"
    case .failure(let error): SceneLog.short(error)
    }
}

private func short<Label>(_ response: RequestResponse<Label, Result<String, EventHandlerError>>) -> String {
    switch response {
    case .response(let result, let label): "\(label) \(short(result))"
    default: "\(response)"
    }
}

private func short(_ outcome: Result<String, any Error>) -> String {
    switch outcome {
    case .success(let value): value
    case .failure(let error as CallError): SceneLog.short(error)
    case .failure(let error): "\(error)"
    }
}
