import DrillJudge
import DrillLog
import Testing

/// A small run in which everything went well; each test spoils one thing.
private func goodRun() -> Evidence {
    let cart = #"{"cart":"ann","version":"5f.2","lines":[{"product":"tea","quantity":2,"price":450}],"total":900}"#
    var log = ClientLog()
    log.ask("cart", answered: 200, cart)
    log.ask("order", key: "k1", body: cart, answered: 201, #"{"order":1,"key":"k1"}"#)
    log.ask("order", key: "k1", body: cart, answered: 200, #"{"order":1,"key":"k1"}"#)
    log.ask("order", key: "k2", body: #"{"cart":"ann","version":"5f.0"}"#, answered: 409, #"{"code":"cart_changed"}"#)
    log.ask("reuse", key: "k1", body: #"{"cart":"x","version":"0.1"}"#, answered: 422, #"{"code":"key_reused"}"#)
    let row = Books.Row(
        id: 1, key: "k1", cart: "ann", version: "5f.2", total: 900,
        lines: [.init(product: "tea", quantity: 2, price: 450)])
    let fault = FaultLine(
        number: 0, kind: "throw", role: "limiter", index: 0, at: 10,
        closed: 22, outcome: .recovered, recovery: 12, reach: Reach(["cart"]))
    return Evidence(
        run: RunRecord(
            seed: 1, seconds: 1, clients: 1, faultKinds: ["throw"], planned: 1, limits: limits, shopEnd: "exit 0"),
        clients: [log.lines], faults: [fault], books: Books(rows: [row]))
}

private var limits: RunRecord.Limits {
    var limits = RunRecord.Limits()
    limits.fewestOrders = 1
    limits.fewestFaultsOfAKind = 1
    return limits
}

private struct ClientLog {
    var lines: [ClientLine] = []

    mutating func ask(
        _ operation: String, key: String? = nil, body: String? = nil, answered status: Int, _ answer: String,
        after wait: Double = 5
    ) {
        let number = (lines.last?.request ?? 0) + 1
        let at = Double(number) * 100
        lines.append(
            ClientLine(
                at: at, client: 0, request: number, attempt: 1, event: .ask, operation: operation, key: key, body: body)
        )
        lines.append(
            ClientLine(
                at: at + wait, client: 0, request: number, attempt: 1, event: .answer, operation: operation, key: key,
                body: answer, status: status))
    }
}

private func rules(_ spoil: (inout Evidence) -> Void) -> [Verdict.Finding.Rule] {
    var evidence = goodRun()
    spoil(&evidence)
    let verdict = Judge(evidence).verdict()
    #expect(verdict.exitCode == (verdict.findings.isEmpty ? 0 : 1) || !verdict.thin.isEmpty)
    return verdict.findings.map(\.rule)
}

@Test("A good run is found good") func good() {
    let verdict = Judge(goodRun()).verdict()
    #expect(verdict.findings.isEmpty)
    #expect(verdict.exitCode == 0)
    #expect(verdict.figures.ordersAcknowledged == 1)
    #expect(verdict.figures.requests == 5)
    #expect(verdict.figures.firstTimeSuccesses == 5)
    #expect(verdict.figures.errors == ["409 cart_changed": 1, "422 key_reused": 1])
}

@Test("An acknowledged order without a row is lost") func lost() {
    #expect(rules { $0.books.rows = [] } == [.lostOrder])
}

@Test("An acknowledged order with two rows is doubled") func doubled() {
    let found = rules {
        var copy = $0.books.rows[0]
        copy.id = 2
        copy.version = "60.2"
        $0.books.rows.append(copy)
    }
    #expect(found == [.doubledOrder])
}

@Test("Two orders for one cart are doubled, whatever their keys") func cartTwice() {
    let found = rules {
        var copy = $0.books.rows[0]
        copy.id = 2
        copy.key = "k3"
        $0.books.rows.append(copy)
    }
    #expect(found.contains(.doubledOrder))
    #expect(found.contains(.strayOrder))
}

@Test("An unacknowledged order with more than one row is doubled too") func unacknowledgedTwice() {
    let found = rules {
        $0.clients[0].removeAll { $0.operation == "order" && $0.key == "k1" && $0.event == .answer }
        var copy = $0.books.rows[0]
        copy.id = 2
        copy.version = "60.2"
        $0.books.rows.append(copy)
    }
    #expect(found.contains(.doubledOrder))
}

@Test("Other lines, another total, another cart, another number are wrong") func wrong() {
    #expect(rules { $0.books.rows[0].lines[0].quantity = 3 }.contains(.wrongOrder))
    #expect(rules { $0.books.rows[0].lines[0].product = "salt" } == [.wrongOrder])
    #expect(rules { $0.books.rows[0].total = 901 }.contains(.wrongOrder))
    #expect(rules { $0.books.rows[0].version = "5f.1" } == [.wrongOrder])
    #expect(rules { $0.books.rows[0].cart = "bob" } == [.wrongOrder])
    #expect(rules { $0.books.rows[0].id = 7 } == [.wrongOrder])
    #expect(rules { $0.books.rows[0].lines = [] }.contains(.wrongOrder))
}

@Test("An order for a cart version that nobody was shown is wrong") func unknownVersion() {
    #expect(rules { $0.clients[0].removeAll { $0.operation == "cart" } } == [.wrongOrder])
}

@Test("Two numbers for one key are wrong") func twoNumbers() {
    let found = rules {
        let last = $0.clients[0].lastIndex { $0.key == "k1" && $0.event == .answer && $0.operation == "order" }
        if let last { $0.clients[0][last].body = #"{"order":2,"key":"k1"}"# }
    }
    #expect(found == [.wrongOrder])
}

@Test("An order that was refused at once and stands in the books is found") func refused() {
    let found = rules {
        $0.books.rows.append(
            .init(
                id: 2, key: "k2", cart: "ann", version: "60.0", total: 1,
                lines: [.init(product: "a", quantity: 1, price: 1)]))
    }
    #expect(found == [.refusedOrder])
}

@Test("An order that was refused when it was sent again, and stands in the books, is found") func refusedLate() {
    let found = rules {
        let ask = $0.clients[0].firstIndex { $0.key == "k2" } ?? 0
        $0.clients[0][ask + 1].attempt = 2
        var lost = $0.clients[0][ask]
        lost.event = .lost
        $0.clients[0].insert(lost, at: ask + 1)
        $0.books.rows.append(
            .init(
                id: 2, key: "k2", cart: "ann", version: "60.0", total: 1,
                lines: [.init(product: "a", quantity: 1, price: 1)]))
    }
    // That its first attempt failed has no fault to explain it either.
    #expect(found == [.refusedOrder, .failedWithoutFault])
}

@Test("An order of which nobody was told anything may stand in the books, once") func untold() {
    let found = rules {
        $0.clients[0].removeAll { $0.key == "k1" && $0.event == .answer }
    }
    // Not lost, not doubled: only that nobody was told.
    #expect(Set(found) == [.unanswered])
}

@Test("To be asked for a new session decides nothing") func unauthorized() {
    #expect(rules { $0.clients[0][$0.clients[0].count - 1].status = 401 } == [.unanswered])
}

@Test("A key that took another order is found") func reused() {
    let found = rules {
        let last = $0.clients[0].lastIndex { $0.operation == "reuse" }
        if let last { $0.clients[0][last].status = 201 }
    }
    #expect(found == [.reusedKey])
}

@Test("A request without a decision, or with one after more than 10 s, is unanswered") func unanswered() {
    #expect(rules { $0.clients[0].removeAll { $0.operation == "cart" && $0.event == .answer } }.contains(.unanswered))
    #expect(rules { $0.clients[0].removeLast() } == [.unanswered])
    let late = rules {
        $0.clients[0][$0.clients[0].count - 1].at += 10_001
    }
    #expect(late == [.unanswered])
    let onlyBusy = rules {
        $0.clients[0][$0.clients[0].count - 1].status = 503
    }
    #expect(onlyBusy == [.unanswered, .failedWithoutFault])
}

@Test("A part that did not come back in 5 s is found") func notRecovered() {
    #expect(rules { $0.faults[0].outcome = .notRecovered } == [.notRecovered])
    #expect(rules { $0.faults[0].recovery = 5_001 } == [.notRecovered])
}

@Test("A locked database, a damaged one and a shop that did not end well are found") func others() {
    let locked = rules {
        $0.clients[0][1].status = 503
        $0.clients[0][1].body = #"{"code":"database_locked"}"#
    }
    #expect(locked.contains(.databaseLocked))
    #expect(rules { $0.books.integrity = "row 3 missing from index" } == [.integrity])
    #expect(rules { $0.run.shopEnd = "signal 11" } == [.shopEnd])
    #expect(rules { $0.run.connectionsLent = 1 } == [.leakedConnection])
    #expect(rules { $0.run.connectionsLent = 0 } == [])
}

@Test("Whoever is told of an order finds it in the audit trail, once or more, and nothing else stands there")
func auditTrail() {
    let line = AuditLine(order: 1, key: "k1", total: 900)
    #expect(rules { $0.audit = [line] } == [])
    #expect(rules { $0.audit = [line, line] } == [])
    #expect(rules { $0.audit = [] } == [.unauditedOrder])
    #expect(rules { $0.audit = [line, AuditLine(order: 2, key: "k2", total: 1)] } == [.falseAudit])
    #expect(rules { $0.audit = [AuditLine(order: 1, key: "k1", total: 901)] } == [.falseAudit])
    #expect(rules { $0.run.eventsLost = 1 } == [.lostEvent])
    #expect(rules { $0.run.eventsLost = 0 } == [])
}

@Test("A profile has three parts, each there or named as missing, and does not wait for its sources for ever")
func profiles() {
    func found(_ page: String, after wait: Double = 5, _ reach: String...) -> [Verdict.Finding.Rule] {
        rules {
            $0.faults.append(
                FaultLine(
                    number: 1, kind: "throw", role: "suggestions", index: 0, at: 890, closed: 901, outcome: .recovered,
                    recovery: 11, reach: Reach(reach)))
            for event in [ClientLine.Event.ask, .answer] {
                $0.clients[0].append(
                    ClientLine(
                        at: 900 + (event == .answer ? wait : 0), client: 0, request: 9, attempt: 1, event: event,
                        operation: "profile", body: event == .answer ? page : nil, status: event == .answer ? 200 : nil)
                )
            }
        }
    }
    #expect(found(#"{"orders":[],"suggestions":[{"id":"tea"}],"missing":{}}"#) == [])
    let two = #"{"orders":[{"order":1}],"missing":{"suggestions":"failed","cart":"failed"}}"#
    #expect(found(two, Reach.part("suggestions"), Reach.part("cart")) == [])
    #expect(found(two, "*") == [])
    #expect(found(two, Reach.part("suggestions")) == [.failedWithoutFault])
    #expect(found(two, "profile") == [.failedWithoutFault, .failedWithoutFault])
    // Whether it is late is not for a judge to say who does not know the machine.
    #expect(found(#"{"orders":[{"order":1}],"missing":{"suggestions":"took too long"}}"#) == [])
    #expect(found(#"{"orders":[],"missing":{}}"#) == [.brokenProfile])
    #expect(found(#"{"missing":{"suggestions":"failed"}}"#, "*") == [.brokenProfile])
    #expect(found("[]") == [.brokenProfile])
    #expect(found(#"{"orders":[],"suggestions":[],"missing":{}}"#, after: 2_501) == [.brokenProfile])
}

/// One attempt of the request that `at` names fails, from `at` to `at + 5` ms; the next one is answered.
private func failing(_ at: Double, status: Int = 503, _ evidence: inout Evidence) {
    let ask = evidence.clients[0].firstIndex { $0.at == at } ?? 0
    var failed = evidence.clients[0][ask + 1]
    failed.status = status
    failed.body = #"{"code":"lost_on_the_way"}"#
    var again = evidence.clients[0][ask]
    again.at += 6
    again.attempt = 2
    evidence.clients[0][ask + 1].attempt = 2
    evidence.clients[0][ask + 1].at += 6
    evidence.clients[0].insert(contentsOf: [failed, again], at: ask + 1)
}

@Test("What fails must lie within an open fault's reach: time, operation, client") func failures() {
    #expect(rules { failing(100, &$0) } == [.failedWithoutFault])
    func withFault(at: Double, closed: Double?, _ reach: Reach) -> [Verdict.Finding.Rule] {
        rules {
            failing(100, &$0)
            $0.faults[0].at = at
            $0.faults[0].closed = closed
            $0.faults[0].reach = reach
        }
    }
    #expect(withFault(at: 90, closed: 101, Reach(["cart"])) == [])
    #expect(withFault(at: 104, closed: 110, Reach(["*"])) == [])
    #expect(withFault(at: 90, closed: 99, Reach(["cart"])) == [.failedWithoutFault])
    #expect(withFault(at: 106, closed: 110, Reach(["cart"])) == [.failedWithoutFault])
    #expect(withFault(at: 90, closed: 101, Reach(["order"])) == [.failedWithoutFault])
    #expect(withFault(at: 90, closed: 101, Reach(["cart"], clients: [1])) == [.failedWithoutFault])
    #expect(withFault(at: 90, closed: 101, Reach(["cart"], clients: [0])) == [])
    // Not seen to serve again: no excuse for longer than its reach says.
    #expect(withFault(at: 10, closed: nil, Reach(["cart"], longest: 91)) == [])
    #expect(withFault(at: 10, closed: nil, Reach(["cart"], longest: 89)) == [.failedWithoutFault])
    #expect(withFault(at: 10, closed: 200, Reach(["cart"], longest: 89)) == [.failedWithoutFault])
}

@Test("An answer that never came counts as a failure, and so does a fault that was not done as no excuse")
func lostAnswers() {
    #expect(
        rules {
            failing(100, &$0)
            $0.clients[0][1].event = .lost
        } == [.failedWithoutFault])
    let found = rules {
        failing(100, &$0)
        $0.faults[0].at = 90
        $0.faults[0].closed = 120
        $0.faults[0].outcome = .skipped
    }
    #expect(found == [.failedWithoutFault])
}

@Test("A cart that is gone, a session that ended: only by a fault that may lose them") func losses() {
    func found(_ spoil: (inout Evidence) -> Void) -> [Verdict.Finding.Rule] {
        rules {
            var log = ClientLog()
            let cart = #"{"cart":"bob","version":"7.1","lines":[],"total":0}"#
            log.ask("session", answered: 201, "{}")
            log.ask("cart", answered: 200, cart)
            log.ask("order", key: "b1", body: cart, answered: 410, #"{"code":"cart_gone"}"#)
            log.ask("products", answered: 401, #"{"code":"session_ended"}"#)
            log.ask("products", answered: 200, "[]")
            log.lines[7].request = 4
            log.lines[8].request = 4
            log.lines[9].request = 4
            for index in log.lines.indices { log.lines[index].client = 1 }
            $0.clients.append(log.lines)
            spoil(&$0)
        }
    }
    #expect(found { _ in } == [.lostWithoutFault, .lostWithoutFault])
    #expect(
        found {
            $0.faults[0].at = 220
            $0.faults[0].closed = 230
            $0.faults[0].reach.losesCarts = true
        } == [.lostWithoutFault])
    #expect(
        found {
            $0.faults[0].at = 220
            $0.faults[0].closed = 230
            $0.faults[0].reach.losesCarts = true
            $0.faults[0].reach.losesSessions = true
        } == [])
    // Before the cart was shown and the session opened, and so no reason for their end.
    #expect(
        found {
            $0.faults[0].at = 20
            $0.faults[0].closed = 30
            $0.faults[0].reach.losesCarts = true
            $0.faults[0].reach.losesSessions = true
        } == [.lostWithoutFault, .lostWithoutFault])
}

@Test("What becomes of clients that misbehave is no failure") func offenders() {
    #expect(
        rules {
            failing(100, &$0)
            $0.run.offenders = [0]
            $0.books.rows[0].total += 0
        } == [])
}

@Test("More than one in a hundred answers to polite clients may not be 429") func refusedTooOften() {
    func found(_ refusals: Int) -> [Verdict.Finding.Rule] {
        rules {
            for request in 0..<200 {
                var log = ClientLog()
                log.ask("products", answered: request < refusals ? 429 : 200, "[]")
                if request < refusals { log.ask("products", answered: 200, "[]") }
                for line in log.lines {
                    var line = line
                    line.request = 1_000 + request
                    $0.clients[0].append(line)
                }
            }
        }
    }
    #expect(found(2) == [])
    #expect(found(3) == [.politeRefused])
}

@Test("Memory may not grow over the second half") func memory() {
    func found(_ mebibytes: (Int) -> Int, process: (Int) -> Int = { _ in 7 }) -> [Verdict.Finding.Rule] {
        rules { evidence in
            evidence.run.seconds = 60
            evidence.samples = (0..<60).map {
                SampleLine(at: Double($0) * 1_000, process: process($0), memory: mebibytes($0) << 20)
            }
        }
    }
    #expect(found { _ in 100 } == [])
    #expect(found { $0 < 30 ? 20 : 100 } == [])
    #expect(found { 50 + $0 * 3 } == [.memoryGrows])
    // Much of little, and little of much.
    #expect(found { 10 + $0 / 3 } == [])
    #expect(found { 1_000 + $0 * 2 } == [])
    // A fresh process fills up; two halves of a life are no trend.
    #expect(found({ 50 + $0 * 3 }, process: { $0 < 52 ? 7 : 8 }) == [])
}

@Test("A run with too many faults skipped, or one always open, is thin") func thinPlans() {
    var evidence = goodRun()
    evidence.run.planned = 2
    #expect(Judge(evidence).verdict().thin.count == 1)
    evidence = goodRun()
    evidence.faults[0].at = 0
    evidence.faults[0].closed = 701
    evidence.faults[0].reach = Reach(["*"])
    #expect(Judge(evidence).verdict().thin.count == 1)
    evidence.faults[0].closed = 699
    #expect(Judge(evidence).verdict().thin.isEmpty)
    #expect(abs(Judge(evidence).verdict().figures.quietShare - 0.301) < 0.001)
}

@Test("Too few orders or faults make a run thin: exit 2, but a finding counts more") func thin() {
    var evidence = goodRun()
    evidence.run.limits.fewestOrders = 2
    #expect(Judge(evidence).verdict().exitCode == 2)
    evidence.faults[0].outcome = .skipped
    #expect(Judge(evidence).verdict().thin.count == 3)
    evidence.books.rows = []
    #expect(Judge(evidence).verdict().exitCode == 1)
}
