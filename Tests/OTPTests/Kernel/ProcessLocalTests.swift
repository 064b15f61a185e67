import OTP
import OTPTestKit
import Testing

private let first = ProcessLocal<Int>("first")
private let second = ProcessLocal<Int>("second")
private let parting = ProcessLocal<Parting>("parting")

/// Turns to the process that has put it aside when it is freed.
private final class Parting: Sendable {
    private let process: ProcessRef<Letter>
    init(_ process: ProcessRef<Letter>) { self.process = process }
    deinit {
        process.sendExit(.kill)
        process.send(.number(1))
    }
}

@Suite struct ProcessLocalTests {
    @Test("PR-154 values put aside: put tells the old one, get the present one, erase takes it away, keys are listed")
    func dictionary() throws {
        let result = try staged { me in
            var seen: [Int?] = [me.put(1, in: first), me.put(2, in: first), me.get(first), me.get(second)]
            me.put(2, in: second)
            let names = [me.localNames, me.localNames(holding: 2), me.localNames(holding: 3)]
            seen += [me.erase(first), me.erase(first), me.get(first), second.value]
            return (seen, names, me.localNames)
        }
        #expect(result.0 == [nil, 1, 2, nil, 2, nil, nil, 2])
        #expect(result.1 == [["first", "second"], ["first", "second"], []])
        #expect(result.2 == ["second"])
    }

    @Test func everyProcessHasItsOwn() throws {
        let result = try staged { me in
            me.put(1, in: first)
            let ref = me.ref
            spawn { child in ref.send(.number(first.value ?? 0)) }
            return [try await me.nextNumber(), first.value]
        }
        #expect(result == [0, 1])
        #expect(first.value == nil)
    }

    @Test func `a value that is freed with its process may turn to that process`() async throws {
        for isKilled in [false, true] {
            let process = threadedNode.spawn(receiving: Letter.self) { me in
                me.put(Parting(me.ref), in: parting)
                if isKilled { _ = try await me.nextText() }
            }
            if isKilled { process.sendExit(.kill) }
            _ = await process.waitForEnd()
        }
    }
}
