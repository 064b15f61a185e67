/// Which events a handler has had, so that it can say of one whether it was lost. Remembers the latest only.
struct Receipts: Sendable {
    enum Answer: Sendable, Equatable {
        case had
        /// It was told when the handler was there, and did not arrive.
        case lost
        /// It was told before the handler was there, or too long ago.
        case unknown
    }

    private let first: Int
    private let memory: Int
    private var numbers: Set<Int> = []
    private var newest: Int

    /// - Parameters:
    ///   - first: The number of the latest event that may have been told before the handler was there.
    ///   - memory: How many numbers back it remembers.
    init(after first: Int, memory: Int = 10_000) {
        self.first = first
        self.memory = memory
        newest = first
    }

    mutating func note(_ number: Int) {
        if number > newest {
            for old in (newest - memory)..<(number - memory) { numbers.remove(old) }
            newest = number
        }
        if number >= newest - memory { numbers.insert(number) }
    }

    func answer(for number: Int) -> Answer {
        if numbers.contains(number) { return .had }
        return number > first && number >= newest - memory ? .lost : .unknown
    }
}
