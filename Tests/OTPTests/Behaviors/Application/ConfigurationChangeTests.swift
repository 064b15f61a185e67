import OTPTestKit
import Testing

@testable import OTP

@Suite struct ConfigurationChangeTests {
    @Test func `a function is another one each time that it is set, and unchanged as long as nobody sets it`() {
        playConfigured { stage, journal in
            let rate = EnvironmentKey<Configured, @Sendable () -> Int>("rate")
            let pair = EnvironmentKey<Configured, (Int, Int)>("pair")
            let applications = stage.applications
            await applications.changeConfiguration([EnvironmentSetting(rate, { 1 })])
            rate.put({ 2 })
            await applications.changeConfiguration([EnvironmentSetting(rate, { 3 })])
            try check(rate.value?(), is: 3)
            try check(journal.take(), is: [#"["rate"]"#, #"["rate"]"#])
            // What the application declares, or what was put to stay, nobody has set.
            pair.put((1, 2), isPersistent: true)
            await applications.changeConfiguration([EnvironmentSetting(rate, { 4 }), EnvironmentSetting(pair, (3, 4))])
            try check(journal.take(), is: [#"["rate"]"#])
            await applications.changeConfiguration([EnvironmentSetting(rate, { 5 })])
            try check(journal.take(), is: [#"["rate"]"#])
        }
    }

    @Test func `values are compared if they can be, objects otherwise as objects, whatever they print`() {
        playConfigured { stage, journal in
            let applications = stage.applications
            let box = EnvironmentKey<Configured, Box>("box")
            let blank = EnvironmentKey<Configured, Blank>("blank")
            let maybe = EnvironmentKey<Configured, Int?>("maybe")
            let any = EnvironmentKey<Configured, any Sendable>("any")
            let boxes = [Box(1), Box(2)]
            func set(_ a: Int, _ b: Int, _ c: Int?, _ d: any Sendable) async {
                await applications.changeConfiguration([
                    EnvironmentSetting(box, boxes[a]), EnvironmentSetting(blank, Blank(number: b)),
                    EnvironmentSetting(maybe, c), EnvironmentSetting(any, d),
                ])
            }
            await set(0, 1, nil, 1)
            _ = journal.take()
            await set(0, 1, nil, 1)
            try check(journal.take(), is: [])
            await set(1, 1, nil, 1)
            try check(journal.take(), is: [#"["box"]"#])
            await set(1, 2, nil, 1)
            try check(journal.take(), is: [#"["blank"]"#])
            await set(1, 2, 0, 1)
            try check(journal.take(), is: [#"["maybe"]"#])
            await set(1, 2, 0, Int8(1))
            try check(journal.take(), is: [#"["any"]"#])
            await set(1, 2, 0, Int8(1))
            try check(journal.take(), is: [])
        }
    }

    @Test("AP-037 changes are told one after the other, also of a caller that is cancelled")
    func oneByOne() {
        playConfigured { stage, journal in
            let applications = stage.applications
            let number = EnvironmentKey<Configured, Int>("number")
            let gate = Gate()
            Configured.hook.put({ await gate.pass() }, isPersistent: true)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await applications.changeConfiguration([EnvironmentSetting(number, 1)]) }
                try await stage.scene.settle()
                group.addTask { await applications.changeConfiguration([EnvironmentSetting(number, 2)]) }
                try await stage.scene.settle()
                try check(number.value, is: 1)
                gate.open()
                try await group.waitForAll()
            }
            try check(number.value, is: 2)
            try check(journal.take(), is: [#"["number"]"#, "end", #"["number"]"#, "end"])
            await withTaskGroup(of: Void.self) { group in
                group.cancelAll()
                group.addTask { await applications.changeConfiguration([EnvironmentSetting(number, 3)]) }
            }
            try check(number.value, is: 3)
            try check(journal.take(), is: [#"["number"]"#, "end"])
        }
    }

    @Test("AP-029 a setting whose type is an optional one has its fallback, too, and may be set to nothing")
    func optional() {
        playConfigured { stage, _ in
            let maybe = EnvironmentKey<Configured, Int?>("maybe")
            try check(maybe.value(default: 5) == 5)
            try check(maybe.value == Int??.none)
            maybe.put(nil)
            try check(maybe.value == Int??.some(nil))
            try check(try maybe.fetch() == nil)
            maybe.put(7)
            try check(maybe.value(default: 5) == 7)
        }
    }

    @Test("AP-034 an application that declares a setting of another one is not loaded, and the error names it")
    func foreign() {
        playApplications { stage in
            let applications = stage.applications
            do {
                try applications.load(Foreign.self)
                throw Unmet(description: "loaded")
            } catch let error as ApplicationError {
                try check(
                    "\(error)",
                    is: "application Foreign declares the setting \"limit\" of Cache: set it by the configuration")
            }
            let code = try await applicationRefusal { try await applications.start(Foreign.self, as: .permanent) }
            try check(code, is: "Foreign foreignSetting")
            try check(applications.specification(of: Foreign.self) == nil)
            // Nobody else ends by that.
            try await applications.start(DatabaseApp.self)
            try check(stage.running, is: ["Database"])
        }
    }
}

/// Runs a scene with an application that notes which of its settings have changed.
private func playConfigured(
    _ body: @escaping @Sendable (ApplicationStage, Journal) async throws -> Void
) {
    playApplications { stage in
        let journal = Journal()
        Configured.journal.put(journal, isPersistent: true)
        try await stage.applications.start(Configured.self)
        try await body(stage, journal)
    }
}

private struct Configured: OTPApplication {
    static var journal: EnvironmentKey<Configured, Journal> { EnvironmentKey("journal") }
    static var hook: EnvironmentKey<Configured, @Sendable () async -> Void> { EnvironmentKey("hook") }
    static var environment: [EnvironmentSetting] {
        [EnvironmentSetting(EnvironmentKey<Configured, @Sendable () -> Int>("declared"), { 0 })]
    }

    func start() -> Supervisor { Supervisor(.oneForOne) {} }
    func configurationChanged(_ change: ConfigurationChange) async {
        Self.journal.value?.note("\(change.changed + change.added)")
        guard let hook = Self.hook.value else { return }
        await hook()
        Self.journal.value?.note("end")
    }
}

/// Not to be compared but as an object; all of them print the same.
private final class Box: Sendable {
    let number: Int
    init(_ number: Int) { self.number = number }
}

/// Can be compared and not hashed, and prints nothing.
private struct Blank: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    let number: Int
    var description: String { "" }
    var debugDescription: String { "" }
}

private struct Foreign: OTPApplication {
    static var environment: [EnvironmentSetting] { [EnvironmentSetting(EnvironmentKey<CacheApp, Int>("limit"), 5)] }
    func start() -> Supervisor { Supervisor(.oneForOne) {} }
}
