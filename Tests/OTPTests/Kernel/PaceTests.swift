import Testing

@testable import OTP

/// When a server may be run on the threads of its callers.
@Suite struct PaceTests {
    @Test("A server that has never been slow is always admitted, and its word is zero")
    func quick() {
        var pace = Pace()
        let admitted = (0..<100).filter { _ in pace.admits() }.count
        #expect(admitted == 100)
        pace.note(Pace.limit)
        #expect(pace.word == 0)
    }

    @Test("One slow call queues a few, then the server is tried again and forgiven")
    func forgiven() {
        var pace = Pace()
        pace.note(Pace.limit + 1)
        let waited = queued(&pace)
        #expect(waited == 8)
        pace.note(1)
        #expect(pace == Pace())
    }

    @Test("Every slow trial doubles how many are queued, up to a limit")
    func slow() {
        var pace = Pace()
        var counts: [Int] = []
        for _ in 0..<12 {
            pace.note(Pace.limit * 10)
            counts.append(queued(&pace))
        }
        #expect(counts == [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 4096, 4096])
    }

    @Test("A word keeps all of it")
    func word() {
        var pace = Pace()
        for _ in 0..<12 { pace.note(Pace.limit * 10) }
        #expect(pace.word != 0)
        #expect(Pace(word: pace.word) == pace)
    }

    /// How many calls in a row are not admitted.
    private func queued(_ pace: inout Pace) -> Int {
        var count = 0
        while !pace.admits() { count += 1 }
        return count
    }
}
