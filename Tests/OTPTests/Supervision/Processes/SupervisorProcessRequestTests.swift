import OTPTestKit
import Testing

@testable import OTP

@Suite struct SupervisorProcessRequestTests {
    @Test("SU-039 SU-040 a child that is known cannot be added again, whether it runs or not")
    func known() {
        play { scene in
            let supervisor = try await scene.start(Supervisor(.oneForOne) { ChildSpec.worker("a") })
            let a = try await scene.pid("a", supervisor)
            let running = try await refusal { try await supervisor.startChild(ChildSpec.worker("a")) }
            guard case .alreadyStarted(a) = running else { throw Unmet(description: "\(running)") }
            try await supervisor.terminateChild("a")
            let present = try await refusal { try await supervisor.startChild(ChildSpec.worker("a")) }
            try check(present.name, is: "alreadyPresent")
        }
    }

    @Test("SU-041 SU-042 a child can be ended, which can be repeated, and started again")
    func endAndRestart() {
        play { scene in
            let supervisor = try await scene.start(Supervisor(.oneForOne) { ChildSpec.worker("a") })
            let first = try await scene.pid("a", supervisor)
            let end = scene.watch(first)
            try await supervisor.terminateChild("a")
            try check(try await scene.down(end), is: .shutdown)
            try check(try await scene.list(supervisor), is: ["a stopped"])
            try await supervisor.terminateChild("a")
            let unknown = try await refusal { try await supervisor.terminateChild("x") }
            try check(unknown.name, is: "notFound")

            let second = try await supervisor.restartChild("a")
            try check(second != nil && second != first)
            let running = try await refusal { try await supervisor.restartChild("a") }
            try check(running.name, is: "running")
            let unknownToo = try await refusal { try await supervisor.restartChild("x") }
            try check(unknownToo.name, is: "notFound")
        }
    }

    @Test("SU-044 a child of a list is not ended by its process")
    func byProcess() {
        play { scene in
            let supervisor = try await scene.start(Supervisor(.oneForOne) { ChildSpec.worker("a") })
            let a = try await scene.pid("a", supervisor)
            let code = try await refusal { try await supervisor.terminateChild(a) }
            try check(code.name, is: "notFound")
            try check(try await supervisor.pid(of: "a"), is: a)
        }
    }

    @Test("SU-045 requests to a name without a supervisor find no process, and name the call")
    func noSupervisor() {
        play { scene in
            let name: SupervisorName = "nobody"
            let requests: [@Sendable () async throws -> Void] = [
                { try await name.startChild(ChildSpec.worker("a")) },
                { try await name.restartChild("a") },
                { try await name.terminateChild("a") },
                { try await name.deleteChild("a") },
                { _ = try await name.children() },
                { _ = try await name.childCounts() },
                { _ = try await name.childSpec(of: "a") },
                { try await name.stop() },
                { _ = try await name.tree() },
            ]
            for request in requests {
                do {
                    try await request()
                    throw Unmet(description: "answered")
                } catch let error as CallError {
                    guard case .noProcess = error.code else { throw error }
                    try check(error.call.contains("nobody"))
                }
            }
        }
    }

    @Test("SU-051 SU-054 SU-055 impossible specifications are refused at the start, and when a child is added")
    func impossible() {
        play { scene in
            let cases: [(SupervisorError, [ChildSpec])] = [
                (SupervisorError(.duplicateChild, child: "a"), [.worker("a"), .worker("a")]),
                (
                    SupervisorError(.significantWithoutAutoShutdown, child: "a"),
                    [.worker("a", .transient, isSignificant: true)]
                ),
                (SupervisorError(.significantWithoutAutoShutdown, child: "a"), [.worker("a", isSignificant: true)]),
                (
                    SupervisorError(.invalidShutdown(.seconds(-10)), child: "a"),
                    [.worker("a", shutdown: .within(.seconds(-10)))]
                ),
            ]
            let running = try await scene.start(Supervisor(.oneForOne) {})
            for (expected, specs) in cases {
                let (error, _) = try await scene.failedStart {
                    try await scene.start(Supervisor(.oneForOne) { for spec in specs { spec } })
                }
                try check("\(error)", is: "\(expected)")
                if specs.count == 1 {
                    let code = try await refusal { try await running.startChild(specs[0]) }
                    try check(code.name, is: expected.code.name)
                }
            }
            try check(try await scene.counts(running), is: [0, 0, 0, 0])
        }
    }

    @Test("SU-051 SU-056 SU-066 specifications can be checked beforehand, without a supervisor too")
    func checked() throws {
        try ChildSpec.validate([
            .worker("a", shutdown: .within(.zero)), .worker("b", shutdown: .within(.milliseconds(1))),
        ])
        try ChildSpec.validate([.worker("a", .transient, isSignificant: true)])
        try ChildSpec.validate([.worker("a", .transient, isSignificant: true)], under: .anySignificant)
        #expect(throws: SupervisorError.self) {
            try ChildSpec.validate([.worker("a", .transient, isSignificant: true)], under: .never)
        }
        #expect(throws: SupervisorError.self) { try ChildSpec.validate([.worker("a", isSignificant: true)]) }
        #expect(throws: SupervisorError.self) { try ChildSpec.validate([.worker("a"), .worker("a")]) }
    }

    @Test("SU-067 the life of a child on request, from the first count to the stop of its supervisor")
    func lifeCycle() {
        play { scene in
            let supervisor = try await scene.start(Supervisor(.oneForOne) {})
            try check(try await scene.counts(supervisor), is: [0, 0, 0, 0])
            let name: ServerName<Worker> = "life"
            let first = try await supervisor.startChild(Worker.child(name: name) { Worker(number: 1) })
            try check(try await supervisor.children().map(\.pid), is: [first])
            try check(try await scene.counts(supervisor), is: [1, 1, 0, 1])
            let running = try await refusal { try await supervisor.deleteChild("life") }
            try check(running.name, is: "running")
            _ = try await name.call { .increment($0) }
            try await supervisor.terminateChild("life")
            try check(try await scene.counts(supervisor), is: [1, 0, 0, 1])
            try await supervisor.restartChild("life")
            try check(try await name.call { .number($0) }, is: 1)
            try await supervisor.terminateChild("life")
            try await supervisor.deleteChild("life")
            try check(try await scene.counts(supervisor), is: [0, 0, 0, 0])
            try await supervisor.stop()
            try check(!supervisor.isAlive)
        }
    }

    @Test("SU-069 SU-072 a transient child that ends as expected is not restarted, but can be on request")
    func transientEnds() {
        play { scene in
            let supervisor = try await scene.start(Supervisor(.oneForOne) { ChildSpec.worker("a", .transient) })
            for reason in [ExitReason.normal, .shutdown, .shutdown(detail: "x")] {
                try await scene.exit(try await scene.pid("a", supervisor), reason)
                try check(try await scene.list(supervisor), is: ["a goneByChoice"])
                try await supervisor.restartChild("a")
                try check(try await scene.counts(supervisor), is: [1, 1, 0, 1])
            }
        }
    }

    @Test("SU-070 SU-076 a temporary child that ends is removed, whatever the reason")
    func temporaryEnds() {
        play { scene in
            let supervisor = try await scene.start(Supervisor(.oneForOne) {})
            for reason in [ExitReason.normal, .shutdown, .error(Worker.Failure())] {
                let a = try await need(supervisor.startChild(ChildSpec.worker("a", .temporary)))
                try await scene.exit(a, reason)
                try check(try await scene.counts(supervisor), is: [0, 0, 0, 0])
            }
        }
    }

    @Test("SU-071 SU-074 SU-075 permanent children are always restarted, transient ones after a failure")
    func restarts() {
        play { scene in
            let supervisor = try await scene.start(
                Supervisor(.oneForOne, restarts: .atMost(10, in: .seconds(5))) {
                    ChildSpec.worker("permanent")
                    ChildSpec.worker("transient", .transient)
                })
            let always: [ExitReason] = [.normal, .shutdown, .shutdown(detail: "x"), .error(Worker.Failure())]
            for (id, reasons) in [("permanent", always), ("transient", [.error(Worker.Failure())])] {
                for reason in reasons {
                    let before = try await scene.pid(ChildID(id), supervisor)
                    try await scene.exit(before, reason)
                    try check(try await scene.pid(ChildID(id), supervisor) != before)
                }
            }
        }
    }

    @Test("SU-080 SU-081 what can be added again after an end: temporary children at once, others not")
    func addedAgain() {
        for strategy in [Supervisor.Strategy.oneForOne, .oneForAll, .restForOne] {
            play(seeds: 0..<1) { scene in
                let supervisor = try await scene.start(
                    Supervisor(strategy, restarts: .atMost(10, in: .seconds(5))) {})
                for reason in [ExitReason.killed, .normal, .error(Worker.Failure())] {
                    let pid = try await need(supervisor.startChild(ChildSpec.worker("a", .temporary)))
                    if case .killed = reason {
                        try await scene.end(pid, .kill)
                    } else {
                        try await scene.exit(pid, reason)
                    }
                }
                try await supervisor.startChild(ChildSpec.worker("a", .temporary))
                try await supervisor.terminateChild("a")

                for restart in [Restart.permanent, .transient] {
                    let first = try await need(supervisor.startChild(ChildSpec.worker("a", restart)))
                    try await scene.exit(first, .error(Worker.Failure()))
                    let second = try await scene.pid("a", supervisor)
                    let code = try await refusal { try await supervisor.startChild(ChildSpec.worker("a", restart)) }
                    guard case .alreadyStarted(second) = code else { throw Unmet(description: "\(code)") }
                    if restart == .transient {
                        try await scene.exit(second, .normal)
                    } else {
                        try await supervisor.terminateChild("a")
                    }
                    let present = try await refusal { try await supervisor.startChild(ChildSpec.worker("a", restart)) }
                    try check(present.name, is: "alreadyPresent")
                    try await supervisor.restartChild("a")
                    try await supervisor.terminateChild("a")
                    try await supervisor.deleteChild("a")
                }
            }
        }
    }

    @Test("SU-082 what started a temporary child is freed once it runs")
    func startersAreFreed() {
        play(seeds: 0..<1) { scene in
            final class Argument: Sendable {}
            weak var temporary: Argument?
            weak var permanent: Argument?
            let supervisor = try await scene.start(Supervisor(.oneForOne) {})
            do {
                let first = Argument()
                let second = Argument()
                temporary = first
                permanent = second
                try await supervisor.startChild(
                    Worker.child("a", restart: .temporary) {
                        _ = first
                        return Worker()
                    })
                try await supervisor.startChild(
                    Worker.child("b") {
                        _ = second
                        return Worker()
                    })
            }
            try await scene.settle()
            try check(temporary == nil)
            try check(permanent != nil)
        }
    }
}
