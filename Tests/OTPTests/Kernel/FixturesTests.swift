import Testing

@testable import OTP

@Suite struct FixturesTests {
    private final class Thing: Sendable {}

    private func found(_ fixtures: Fixtures, _ name: String) -> ObjectIdentifier? {
        let ticket = fixtures.enter()
        defer { fixtures.leave(ticket) }
        return fixtures.find(name).map { ObjectIdentifier($0.takeUnretainedValue()) }
    }

    @Test("a thing is found under every text that equals its name, however that was made, until it is removed")
    func equalTexts() {
        // More than there are shortcuts; short texts, which are in the words themselves, and long ones.
        let names = (0..<100).map { "\($0)" } + (0..<100).map { "a name that is longer than two words: \($0)" }
        let fixtures = Fixtures()
        let things = names.map { _ in Thing() }
        for (name, thing) in zip(names, things) { #expect(fixtures.install(thing, as: name)) }
        #expect(!fixtures.install(Thing(), as: names[0]))
        for (name, thing) in zip(names, things) {
            #expect(found(fixtures, name) == ObjectIdentifier(thing))
            #expect(found(fixtures, String(decoding: Array(name.utf8), as: UTF8.self)) == ObjectIdentifier(thing))
        }
        for (index, name) in names.enumerated() where index % 2 == 0 { fixtures.remove(things[index], from: name) }
        for (index, name) in names.enumerated() {
            #expect(found(fixtures, name) == (index % 2 == 0 ? nil : ObjectIdentifier(things[index])))
        }
        let second = Thing()
        #expect(fixtures.install(second, as: names[0]))
        // What somebody else has installed there stays.
        fixtures.remove(things[0], from: names[0])
        #expect(found(fixtures, names[0]) == ObjectIdentifier(second))
    }
}
