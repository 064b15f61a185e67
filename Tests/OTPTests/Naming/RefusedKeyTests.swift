import OTP
import OTPTestKit
import Synchronization
import Testing

/// Refuses a key so many times, and says that `holder` has it.
private final class Refusing: NameRegistry {
    let attempts = Atomic<Int>(0)
    let refusals: Int
    let holder: PID?

    init(_ refusals: Int = .max, holder: PID? = nil) {
        self.refusals = refusals
        self.holder = holder
    }

    func register(_ key: String, _ pid: PID) -> Bool { attempts.add(1, ordering: .relaxed).newValue > refusals }
    func unregister(_ key: String) {}
    func whereIs(_ key: String) -> PID? { holder }
    var description: String { "registry" }
    var count: Int { attempts.load(ordering: .relaxed) }
}

/// Keys that a registry of the user's does not give although nobody who lives has them.
@Suite struct RefusedKeyTests {
    private static let refusal =
        "nobody can be registered as registry key: the registry refuses the key and knows nobody alive who has it"

    /// What comes of every kind of start under a key, and of registering a process that runs.
    private static func tries(
        _ registry: Refusing, _ me: PlainProcess<Notice>, _ journal: SceneLog
    ) async {
        func note(_ what: String, _ start: () async throws -> Void) async {
            let before = me.node.now
            do {
                try await start()
                journal.note("\(what): done")
            } catch let error as SupervisorError {
                if case .failedToStart(let cause) = error.code { journal.note("\(what): \(cause)") }
            } catch { journal.note("\(what): \(error)") }
            if me.node.now != before { journal.note("late") }
        }
        let name = ServerName<Subject>.via(registry, "key")
        await note("start") { try await Subject.start(name: name) { Subject(journal) } }
        await note("linked") {
            try await Subject.startLink(me, name: name, timeout: .seconds(1)) { (_: Subject.Me) async throws in
                Subject(journal)
            }
        }
        await note("entered") {
            _ = try await Subject.spawnStart(name: name, timeout: .seconds(1)) { its, started in
                started(1)
                return .enter(Subject(journal))
            }
        }
        await note("special") {
            _ = try await spawnStart(receiving: Int.self, name: .via(registry, "key")) { its, started in started(1) }
        }
        await note("child") {
            try await Supervisor(.oneForOne) { Subject.child(name: name) { Subject(journal) } }.start()
        }
        await note("special child") {
            try await Supervisor(.oneForOne) {
                ChildSpec.process("special", receiving: Int.self, name: .via(registry, "key")) { its, started in
                    started()
                }
            }.start()
        }
        await note("supervisor") { try await Supervisor(.oneForOne, name: .via(registry, "key")) {}.start() }
        await note("register") {
            let server = try await Subject.start { Subject(SceneLog()) }
            defer { server.sendExit(.kill) }
            try name.register(server)
        }
    }

    private static let refused = [
        "start: Subject was not started: \(refusal)", "linked: Subject was not started: \(refusal)",
        "entered: Subject was not started: \(refusal)", "special: process was not started: \(refusal)",
        "child: Subject was not started: \(refusal)",
        "special child: PlainBehavior<Int> was not started: \(refusal)",
        "supervisor: Supervisor was not started: \(refusal)", "register: \(refusal)",
    ]

    @Test("every start under a key that is refused and that nobody has fails at once and says so")
    func refused() throws {
        let registry = Refusing()
        let lines = try played { me, journal in
            await Self.tries(registry, me, journal)
            journal.note("processes \(me.node.processCount)")
        }
        #expect(lines == Self.refused + ["processes 1"])
        #expect(registry.count < 100)
    }

    @Test("the same if the registry still names a process that has ended")
    func stale() throws {
        let lines = try played { me, journal in
            let dead = spawn(receiving: Int.self) { _ in }
            _ = await dead.waitForEnd()
            await Self.tries(Refusing(holder: dead.pid), me, journal)
        }
        #expect(lines == Self.refused)
    }

    @Test("a holder that sets its key free between the refusal and the look keeps nobody out")
    func freeMeanwhile() throws {
        let lines = try played { me, journal in
            for seed in 1...2 {
                let registry = Refusing(seed)
                let name = ServerName<Subject>.via(registry, "key")
                await journal.note {
                    _ = try await Subject.start(name: name) { Subject(journal) }
                    return registry.count
                }
            }
        }
        #expect(lines == ["2", "3"])
    }

    @Test("a key that a living process has is taken, whoever asks for it")
    func taken() throws {
        let lines = try played { me, journal in
            let registry = Phonebook()
            let name = ServerName<Subject>.via(registry, "key")
            let server = try await Subject.start(name: name) { Subject(journal) }
            let other = try await Subject.start { Subject(journal) }
            for asking in [server, other] {
                do { try name.register(asking) } catch let error as NameError {
                    if case .taken(server.pid) = error.code { journal.note("taken") }
                }
            }
        }
        #expect(lines == ["taken", "taken"])
    }
}
