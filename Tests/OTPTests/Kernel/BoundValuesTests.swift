import COTPRuntime
import Testing

@testable import OTP

/// Whether a process's code has bound task-local values, and what that relies on in the runtime.
@Suite struct BoundValuesTests {
    @TaskLocal static var mark = 0

    @Test func `this runtime's place of task-local values is found`() async throws {
        let seen = try await asked { _ in BoundValues.place }
        #expect(seen != 0 && seen % 8 == 0 && seen < UInt(OTP_TASK_WORDS) * 8)
    }

    @Test func `what a handler binds is noticed while it is bound, also after it has waited`() async throws {
        let seen = try await asked { me in
            var seen = [none]
            try await Self.$mark.withValue(1) {
                seen.append(none)
                try await me.sleep(for: .milliseconds(1))
                seen.append(none)
                Self.$mark.withValue(2) { seen.append(none) }
                seen.append(none)
            }
            seen.append(none)
            return seen
        }
        #expect(seen == [true, false, false, false, false, true])
    }

    @Test func `a task that a handler starts is not the handler`() async throws {
        let seen = try await asked { _ in
            let own = none
            async let child = none
            return [own, await child, await Task { none }.value]
        }
        #expect(seen == [true, false, false])
    }

    @Test func `nothing is bound where no process runs, as far as anybody may rely on it`() async {
        #expect(!none)
        #expect(!(await Task { none }.value))
    }

    // MARK: finding the place

    @Test func `the place is that whose entries lead from one value to the next and name the key`() {
        with(Words()) { #expect($0.place == 3 * 8) }
    }

    @Test func `a list that does not name the key is another one`() {
        with(Words(key: 8)) { #expect($0.place == 0) }
    }

    @Test func `a word that does not come back is none`() {
        with(Words()) { words in
            words.after[3] = 4
            #expect(words.place == 0)
        }
    }

    @Test func `an entry that leads elsewhere is none`() {
        with(Words()) { words in
            words.entries[words.second] = 64
            #expect(words.place == 0)
        }
    }

    @Test func `of two places none is taken`() {
        with(Words()) { words in
            for list in [\Words.before, \.one, \.two, \.after] { words[keyPath: list][9] = words[keyPath: list][3] }
            #expect(words.place == 0)
        }
    }

    // MARK: objects that are not counted

    @Test func `an immortal object does not end, however often it is let go`() {
        let ends = LockedBox(0)
        do { _ = Mortal { ends.withLock { $0 += 1 } } }
        #expect(ends.withLock { $0 } == 1)
        let kept = Unmanaged.passRetained(Mortal { ends.withLock { $0 += 1 } })
        #expect(otp_immortalize(kept.toOpaque()))
        for _ in 0..<3 { kept.release() }
        #expect(ends.withLock { $0 } == 1)
    }
}

private final class Mortal {
    let end: () -> Void
    init(_ end: @escaping () -> Void) { self.end = end }
    deinit { end() }
}

private var none: Bool {
    guard let worker = KernelWorker.current else { return false }
    return BoundValues.areNone(on: worker)
}

/// What the code says inside a handler.
private func asked<Value: Sendable>(
    _ code: @escaping @Sendable (PlainProcess<Never>) async throws -> Value
) async throws -> Value {
    let value = LockedBox<Value?>(nil)
    let process = Node.current.spawn { me in
        let said = try await code(me)
        value.withLock { $0 = said }
    }
    #expect(await process.waitForEnd()?.isNormal == true)
    return try #require(value.withLock { $0 })
}

/// A task's words before, while one and two values are bound, and after, and the entries of its list.
private struct Words {
    static let key: UInt = 4_096
    var before = [UInt](repeating: 7, count: Int(OTP_TASK_WORDS))
    var one: [UInt]
    var two: [UInt]
    var after: [UInt]
    /// Two entries of three words: the next, the key, a type.
    let entries = UnsafeMutablePointer<UInt>.allocate(capacity: 6)
    let second = 3

    init(key: UInt = key) {
        before[3] = 0
        (one, two, after) = (before, before, before)
        one[3] = UInt(bitPattern: entries)
        two[3] = UInt(bitPattern: entries + second)
        for (index, word) in [0, key, 1, one[3], key, 1].enumerated() { entries[index] = word }
    }

    var place: UInt { otp_place_of_task_locals(before, one, two, after, Self.key) }
}

private func with(_ words: Words, _ body: (inout Words) -> Void) {
    var words = words
    body(&words)
    words.entries.deallocate()
}
