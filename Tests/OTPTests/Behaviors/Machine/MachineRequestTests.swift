import OTP
import OTPTestKit
import Testing

@Suite struct MachineRequestTests {
    private static func short(_ response: RequestResponse<String, String>) -> String {
        switch response {
        case .response(let result, let label): "\(label): \(SceneLog.short(result))"
        case .timeout: "timeout"
        case .noRequest: "no request"
        }
    }

    @Test("SM-024 a request that is not answered yet gives nothing; its answer can still be waited for, and is its own")
    func request() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            let late: RequestID<String> = machine.sendRequest { .later(.seconds(1), $0) }
            let other: RequestID<Told.State> = machine.sendRequest { .state($0) }
            journal.note(SceneLog.short(try await late.wait(timeout: .zero)))
            try await me.sleep(for: .milliseconds(1))
            journal.note("\(SceneLog.short(late.check())), \(SceneLog.short(other.check()))")
            journal.note(SceneLog.short(try await late.wait(timeout: nil)))
        }
        #expect(lines == ["nothing", "nothing, reply idle", "reply later"])
    }

    @Test("SM-110 responses of a collection come in order of arrival with their labels; the deadline abandons the rest")
    func collection() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            let requests = RequestCollection<String, String>()
            journal.note(Self.short(try await requests.receive()))
            for (label, delay) in [("a", 3), ("b", 1), ("c", 2), ("d", 9)] {
                requests.send(to: machine, label: label) { .later(.seconds(delay), $0) }
            }
            journal.note("\(Self.short(try await requests.receive())) \(requests.count)")
            journal.note("\(Self.short(try await requests.receive(removing: false))) \(requests.count)")
            journal.note("\(Self.short(try await requests.receive())) \(requests.count)")
            journal.note("\(Self.short(try await requests.receive(timeout: .seconds(1))))")
            let id: RequestID<String> = machine.sendRequest { .later(.seconds(1), $0) }
            try requests.add(id, label: "twice")
            do { try requests.add(id, label: "twice") } catch { journal.note("refused") }
        }
        #expect(
            lines == [
                "no request", "b: reply later 3", "c: reply later 3", "a: reply later 2", "timeout", "refused",
            ])
    }

    @Test("SM-111 a request to a machine that has ended fails with its label, and the others go on")
    func deadMachine() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            let dead = try await Told.start { Told(journal) }
            try await dead.stop()
            let requests = RequestCollection<String, String>()
            requests.send(to: machine, label: "alive") { .later(.seconds(1), $0) }
            requests.send(to: dead, label: "dead") { .later(.seconds(1), $0) }
            journal.note(Self.short(try await requests.receive()))
            journal.note(Self.short(try await requests.receive()))
        }
        #expect(lines == ["terminate (normal) in idle", "dead: noProcess", "alive: reply later"])
    }

    @Test("SM-112 waiting for a collection abandons nothing: after a timeout the response still comes")
    func waiting() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            let requests = RequestCollection<String, String>()
            requests.send(to: machine, label: "slow") { .later(.seconds(3), $0) }
            journal.note(Self.short(try await requests.wait(timeout: .seconds(1))))
            journal.note(Self.short(try await requests.wait(timeout: .seconds(5))))
        }
        #expect(lines == ["timeout", "slow: reply later"])
    }

    @Test("a collection of requests to machines can be looked at without waiting; a dead machine's request fails")
    func checks() throws {
        let lines = try played { me, journal in
            let machine = try await Told.start { Told(journal) }
            let dead = try await Told.start { Told(journal) }
            dead.sendExit(.kill)
            _ = await dead.waitForEnd()
            let requests = RequestCollection<String, String>()
            if case .noRequest = requests.check() { journal.note("no request") }
            requests.send(to: machine, label: "slow") { .later(.seconds(2), $0) }
            requests.send(to: dead, label: "dead") { .later(.seconds(1), $0) }
            requests.send(to: machine, label: "quick") { .later(.seconds(1), $0) }
            for round in 0..<3 {
                if round > 0 { try await me.sleep(for: .milliseconds(1_001)) }
                while case .response(let result, let label) = requests.check(removing: round == 0) {
                    journal.note("\(label) \(SceneLog.short(result)) \(requests.count)")
                }
            }
        }
        #expect(lines == ["no request", "dead noProcess 2", "quick reply later 2", "slow reply later 2"])
    }
}
