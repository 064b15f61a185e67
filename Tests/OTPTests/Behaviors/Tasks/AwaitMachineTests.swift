import Testing

@testable import OTP

@Suite struct AwaitMachineTests {
    private func noted(_ machine: inout AwaitMachine, _ index: Int, hasFailed: Bool) -> Bool {
        machine.note(index, hasFailed: hasFailed)
    }

    @Test("all: over with the last, in the order of arrival") func all() {
        var machine = AwaitMachine(count: 3)
        #expect(!noted(&machine, 2, hasFailed: false))
        #expect(!noted(&machine, 0, hasFailed: true))
        #expect(!noted(&machine, 0, hasFailed: true), "counts once")
        #expect(machine.hasNoted(0) && !machine.hasNoted(1))
        #expect(!machine.isOver)
        #expect(noted(&machine, 1, hasFailed: false))
        #expect(machine.arrived == [2, 0, 1])
        #expect(machine.failed == nil)
    }

    @Test("the first failure ends it where that is wanted, and what comes later counts no more") func failure() {
        var machine = AwaitMachine(count: 3, stopsAtFailure: true)
        #expect(!noted(&machine, 1, hasFailed: false))
        #expect(noted(&machine, 2, hasFailed: true))
        #expect(!noted(&machine, 0, hasFailed: true))
        #expect(machine.failed == 2)
        #expect(machine.arrived == [1, 2])
    }

    @Test("a limit is kept within the number of tasks, zero included") func limits() {
        #expect(AwaitMachine(count: 0).isOver)
        #expect(AwaitMachine(count: 2, limit: 0).isOver)
        #expect(AwaitMachine(count: 2, limit: -1).isOver)
        #expect(AwaitMachine(count: 2, limit: 9).limit == 2)
        var machine = AwaitMachine(count: 3, limit: 1)
        #expect(noted(&machine, 1, hasFailed: true))
        #expect(!noted(&machine, 0, hasFailed: false))
        #expect(machine.arrived == [1])
    }
}

@Suite struct StreamMachineTests {
    private func delivered(_ machine: inout StreamMachine<String>) -> String {
        switch machine.next() {
        case .deliver(let text): text
        case .wait: "wait"
        case .finished: "finished"
        }
    }

    @Test("ordered: outcomes wait for earlier ones; finished when the source is empty and all are given out")
    func ordered() {
        var machine = StreamMachine<String>(maxConcurrency: 3, isOrdered: true)
        let first = (0..<3).map { _ in machine.take() }
        #expect(first == [0, 1, 2])
        #expect(!machine.mayTake)
        machine.settle(2, "c")
        machine.settle(1, "b")
        #expect(delivered(&machine) == "wait")
        machine.settle(0, "a")
        #expect(delivered(&machine) == "a")
        #expect(!machine.mayTake, "the first is still in the consumer's hands")
        #expect(delivered(&machine) == "b")
        #expect(machine.mayTake)
        let fourth = machine.take()
        #expect(fourth == 3)
        machine.endSource()
        #expect(!machine.mayTake)
        #expect(delivered(&machine) == "c")
        #expect(delivered(&machine) == "finished")
    }

    @Test("unordered: outcomes come as they are done") func unordered() {
        var machine = StreamMachine<String>(maxConcurrency: 2, isOrdered: false)
        _ = (machine.take(), machine.take())
        machine.settle(1, "b")
        #expect(delivered(&machine) == "b")
        #expect(delivered(&machine) == "wait")
        machine.settle(0, "a")
        #expect(delivered(&machine) == "a")
        #expect(delivered(&machine) == "wait")
        _ = machine.take()
        machine.endSource()
        #expect(delivered(&machine) == "finished")
    }

    @Test("never more than the limit is taken and not done with, in any order of events", arguments: 1...40)
    func limit(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let limit = Int.random(in: 1...5, using: &random)
        let isOrdered = Bool.random(using: &random)
        var machine = StreamMachine<Int>(maxConcurrency: limit, isOrdered: isOrdered)
        var running: [Int] = []
        var taken = 0
        var given: [Int] = []
        var isFinished = false
        var released = 0
        while !isFinished {
            switch Int.random(in: 0..<3, using: &random) {
            case 0 where machine.mayTake:
                let index = machine.take()
                #expect(index == taken)
                if taken == 30 {
                    machine.endSource()
                } else {
                    taken += 1
                    running.append(index)
                }
            case 1 where !running.isEmpty:
                let index = running.remove(at: Int.random(in: 0..<running.count, using: &random))
                machine.settle(index, index)
            case 2:
                released = given.count
                let hasNext = machine.hasNext
                let step = machine.next()
                if case .deliver = step { #expect(hasNext) } else { #expect(!hasNext) }
                switch step {
                case .deliver(let index): given.append(index)
                case .finished: isFinished = true
                case .wait: break
                }
            default: break
            }
            if taken - released > limit { Issue.record("\(taken) taken, \(released) done with, limit \(limit)") }
        }
        #expect(given.sorted() == Array(0..<30))
        if isOrdered { #expect(given == Array(0..<30)) }
    }
}
