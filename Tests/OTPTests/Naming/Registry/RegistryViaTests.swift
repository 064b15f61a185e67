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
}
