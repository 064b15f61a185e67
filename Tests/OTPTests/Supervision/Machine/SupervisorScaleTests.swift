import Testing

@testable import OTP

@Suite struct SupervisorScaleTests {
    @Test("SU-127 a hundred thousand children start, crash, end, are deleted and stopped, each in constant time")
    func manyChildren() {
        let count = 100_000
        var machine = SupervisorMachine(
            strategy: .oneForOne, restarts: .atMost(count, in: .seconds(5)), autoShutdown: .never,
            children: (0..<count).map { .played(ChildID($0)) }, seed: 1)
        var refs: [ChildRef] = []
        var steps = 0
        var pids: UInt64 = 0

        func play(_ input: SupervisionInput) -> Bool {
            var inputs = [input]
            var ended = false
            while let input = inputs.popLast() {
                for action in machine.handle(input, at: .zero) {
                    steps += 1
                    switch action {
                    case .start(let ref, _):
                        pids += 1
                        refs.append(ref)
                        inputs.append(.childStarted(ref, PID(node: 0, number: pids)))
                    case .askToStop(let ref, _): inputs.append(.childExited(ref, .shutdown, leavesZombie: false))
                    case .end: ended = true
                    default: break
                    }
                }
            }
            return ended
        }
        let ended = play(.start)
        #expect(!ended)
        #expect(refs.count == count)
        for ref in Array(refs.prefix(count)) { _ = play(.childExited(ref, .killed, leavesZombie: false)) }
        #expect(refs.count == 2 * count)
        for id in 0..<count / 2 {
            _ = play(.request(.terminateChild(.id(ChildID(id))), UInt64(2 * id)))
            _ = play(.request(.deleteChild(ChildID(id)), UInt64(2 * id + 1)))
        }
        let isOver = play(.shutdown(.shutdown, deadline: nil))
        #expect(isOver)
        #expect(steps < 20 * count)
    }
}
