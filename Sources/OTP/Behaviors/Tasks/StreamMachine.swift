/// Decides in which order the outcomes of a stream are given out, and when the next item may be taken from its source.
/// Pure.
///
/// An item counts from the moment it may be taken until the consumer asks for what comes after its outcome: never are
/// there more than `maxConcurrency`, be they running, done and waiting for an earlier one, or in the consumer's hands.
struct StreamMachine<Outcome> {
    enum Step {
        case deliver(Outcome)
        case wait
        case finished
    }

    let maxConcurrency: Int
    let isOrdered: Bool
    private var begun = 0
    private var counted = 0
    private var isInHand = false
    private var isSourceEmpty = false
    /// The outcomes that have come, in order of completion.
    private var done = RingBuffer<Outcome>()
    /// The outcomes that wait for earlier ones.
    private var early: [Int: Outcome] = [:]
    private var nextIndex = 0

    init(maxConcurrency: Int, isOrdered: Bool) {
        self.maxConcurrency = maxConcurrency
        self.isOrdered = isOrdered
    }

    /// Whether an item may be taken from the source now.
    var mayTake: Bool { !isSourceEmpty && counted < maxConcurrency }

    /// An item is being taken: its place in the input.
    mutating func take() -> Int {
        counted += 1
        defer { begun += 1 }
        return begun
    }

    /// The item that was being taken is none: the source is empty.
    mutating func endSource() {
        isSourceEmpty = true
        counted -= 1
    }

    /// What became of an item; once for each.
    mutating func settle(_ index: Int, _ outcome: Outcome) {
        if isOrdered { early[index] = outcome } else { done.append(outcome) }
    }

    /// The consumer asks for the next outcome, and is done with the one before.
    mutating func next() -> Step {
        if isInHand {
            isInHand = false
            counted -= 1
        }
        let found = isOrdered ? early.removeValue(forKey: nextIndex) : done.popFirst()
        if let found {
            nextIndex += 1
            isInHand = true
            return .deliver(found)
        }
        return isSourceEmpty && counted == 0 ? .finished : .wait
    }
}
