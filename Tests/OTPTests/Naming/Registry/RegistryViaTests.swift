import OTPTestKit
import Testing

@testable import OTP

/// Registries as places for names.
@Suite struct RegistryViaTests {
    private let terms = Terms.terms
    private let counters: RegistryName<Int, Void> = "counters"
    private typealias Name = ServerName<Counter>

    @Test("RG-030 a key is a name: start registers, calls arrive, a second start finds the first")
    func via() {
        play { scene in
            let supervisor = try await Registry(counters).startLink(scene.me)
            let name = Name.via(counters, 1)
            try check(name.whereIs() == nil)
            let first = try await Counter.start(name: name) { Counter() }
            try check(name.whereIs() == first)
            try check(counters.pid(for: 1), is: first.pid)
            try check(try await name.call { .value($0) }, is: 0)
            do {
                _ = try await Counter.start(name: name) { Counter() }
                throw Unmet(description: "two of one name")
            } catch let error as StartError {
                guard case .alreadyStarted(first.pid) = error.code else { throw error }
            }
            try check(name.description, is: "counters 1")
            try check(counters.servers(1, running: Counter.self), is: [first])
            try check(counters.servers(1, running: Holder.self), is: [])
            try name.unregister()
            try check(name.whereIs() == nil && first.isAlive)
            try name.register(first)
            try check(name.whereIs() == first)
            try await supervisor.stop()
        }
    }

    @Test("RG-031 a name may say with which value its server is registered")
    func value() {
        play(RegistrySetup.unique) { scene, _ in
            let name = ServerName<Holder>.via(terms, "hello", value: 7)
            let holder = try await Holder.start(name: name) { Holder() }
            try check(shown(terms.lookup("hello")), is: shown((holder.pid, 7)))
            // As an address it needs no value; to start under it does.
            try check(ServerName<Holder>.via(terms, "hello").whereIs() == holder)
            try check(ServerName<Holder>.via(terms, "hello") == name)
            do {
                _ = try await Holder.start(name: .via(terms, "other")) { Holder() }
                throw Unmet(description: "started")
            } catch let error as StartError {
                guard case .badName(let text) = error.code else { throw error }
                try check(text.contains("Term"), text)
            }
        }
    }

    @Test("RG-064 a registry of duplicate keys is no place for names")
    func duplicate() {
        play(RegistrySetup.duplicate) { scene, _ in
            let name = ServerName<Holder>.via(terms, "hello", value: 1)
            do {
                _ = try await Holder.start(name: name) { Holder() }
                throw Unmet(description: "started")
            } catch let error as StartError {
                guard case .badName(let text) = error.code else { throw error }
                try check(text.contains("duplicate"), text)
            }
            // Also not to one of the right type that is registered there.
            let holder = try await Holder.start { Holder() }
            try await holder.perform { me in try terms.register("hello", 1, for: me) }
            try check(terms.servers("hello", running: Holder.self), is: [holder])
            try check(name.whereIs() == nil)
        }
    }

    @Test("without its registry a name leads to nobody, and a start under it says why")
    func notRunning() {
        play { scene in
            let name = Name.via(counters, 1)
            do {
                _ = try await Counter.start(name: name) { Counter() }
                throw Unmet(description: "started")
            } catch let error as StartError {
                guard case .badName(let text) = error.code else { throw error }
                try check(text.contains("does not run"), text)
            }
            do { _ = try await name.call { .value($0) } } catch let error as CallError {
                guard case .noProcess = error.code else { throw error }
            }
            let counter = try await Counter.start { Counter() }
            do throws(NameError) {
                try name.register(counter)
            } catch {
                guard case .unusable = error.code else { throw error }
            }
        }
    }

    @Test("a start under a key of a registry whose partition does not run says so")
    func partitionNotRunning() {
        play([RegistrySetup.unique[0]], seeds: 0..<1) { scene, registry in
            let supervisor = try need(registry.ref)
            try await SystemControl.suspend(supervisor)
            for process in try need(terms.core).processes { try await scene.kill(process.pid) }
            do {
                _ = try await Holder.start(name: .via(terms, "hello", value: 1)) { Holder() }
                throw Unmet(description: "started")
            } catch let error as StartError {
                try check(error.description.contains("does not run"), error.description)
            }
            try await SystemControl.resume(supervisor)
            try await scene.settle()
        }
    }

    @Test("a supervised server is found again after its restart, and after that of its registry")
    func restarts() {
        play { scene in
            let name = Name.via(counters, 1)
            let (registry, counters) = (Registry(counters), counters)
            let tree = try await scene.start(
                Supervisor(.oneForOne) {
                    registry
                    Counter.child(name: .via(counters, 1)) { Counter() }
                })
            let first = try need(name.whereIs())
            try await scene.kill(first.pid)
            _ = try await tree.childCounts()
            let second = try need(name.whereIs())
            try check(second != first)
            let monitor = scene.watch(second.pid)
            try await scene.kill(try need(registry.ref).pid)
            _ = try await scene.down(monitor)
            // The registry is started again and then the counter, which was linked to it.
            _ = try await tree.childCounts()
            try await scene.me.sleep(for: .milliseconds(1))
            let third = try need(name.whereIs())
            try check(third != second)
            try check(try await name.call { .value($0) }, is: 0)
            try await tree.stop()
        }
    }

    @Test("supervisors of every kind may be named by a key, and are called by it among their siblings")
    func supervisors() {
        play { scene in
            let names: RegistryName<String, Void> = "supervisors"
            let registry = Registry(names)
            let anybody = DynamicSupervisor(name: .via(names, "anybody"))
            let tasks = TaskSupervisor(name: .via(names, "tasks"))
            let holders = PartitionSupervisor(partitions: 2, name: .via(names, "holders")) { _, _ in Holder() }
            let tree = try await scene.start(
                Supervisor(.restForOne, restarts: .atMost(9, in: .seconds(5))) {
                    registry
                    anybody
                    tasks
                    holders
                    Supervisor("branch", .oneForOne, name: .via(names, "branch")) {}
                })
            try check(
                try await tree.children().map(\.id.description).dropFirst(),
                is: ["anybody", "tasks", "holders", "branch"])
            for key in ["anybody", "tasks", "holders", "branch"] {
                let ref = try need(SupervisorName.via(names, key).ref)
                try check(names.pid(for: key), is: ref.pid)
                try check(try await tree.pid(of: ChildID(key)), is: ref.pid)
            }
            try check(try await tasks.async { 7 }.value(), is: 7)
            try check(try await holders[1].refusal("hello", 1).isNotRunning)
            // A name is taken as any other is, and back with its holder.
            do {
                _ = try await TaskSupervisor(name: .via(names, "anybody")).startLink(scene.me)
                throw Unmet(description: "two of one name")
            } catch let error as StartError {
                guard case .alreadyStarted(anybody.ref?.pid) = error.code else { throw error }
            }
            let old = try need(anybody.ref)
            try await scene.kill(old.pid)
            _ = try await tree.childCounts()
            try check(anybody.ref != nil && anybody.ref != old)
            try await tree.stop()
        }
    }

    @Test("a supervisor is registered with a value if it gives one, and not without one where values say something")
    func supervisorWithAValue() {
        play(RegistrySetup.unique) { scene, _ in
            let ref = try await DynamicSupervisor(name: .via(terms, "hello", value: 7)).startLink(scene.me)
            try check(shown(terms.lookup("hello")), is: shown((ref.pid, 7)))
            try check(SupervisorName.via(terms, "hello").ref, is: ref)
            do {
                _ = try await Supervisor(.oneForOne, name: .via(terms, "other")) {}.startLink(scene.me)
                throw Unmet(description: "started")
            } catch let error as StartError {
                guard case .badName = error.code else { throw error }
            }
        }
    }

    @Test("a supervisor traps exits: it outlives the registry that it is found in, without its name")
    func supervisorOutlivesTheRegistry() {
        play { scene in
            let names: RegistryName<String, Void> = "supervisors"
            let registry = try await Registry(names).start()
            let tasks = TaskSupervisor(name: .via(names, "tasks"))
            let ref = try await tasks.startLink(scene.me)
            try await registry.stop()
            try check(try await ref.childCounts().active, is: 0)
            try check(tasks.ref == nil)
            let second = try await Registry(names).start()
            try check(tasks.ref == nil && ref.isAlive)
            try await second.stop()
            try await ref.stop()
        }
    }
}
