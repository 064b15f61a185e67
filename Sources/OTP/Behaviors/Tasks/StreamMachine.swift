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
    /// Of an ordered stream, those that wait for earlier ones.
    private var early = EarlyOutcomes<Outcome>()
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
        if isOrdered { early.put(outcome, at: index) } else { done.append(outcome) }
    }

    /// Whether the outcome that comes next is there.
    var hasNext: Bool { isOrdered ? early.has(nextIndex) : !done.isEmpty }

    /// The consumer asks for the next outcome, and is done with the one before.
    mutating func next() -> Step {
        if isInHand {
            isInHand = false
            counted -= 1
        }
        if let found = isOrdered ? early.take(nextIndex) : done.popFirst() {
            nextIndex += 1
            isInHand = true
            return .deliver(found)
        }
        return isSourceEmpty && counted == 0 ? .finished : .wait
    }
}

/// Outcomes by the places of their items, of which never more than so many lie between the first and the last: a ring
/// that grows up to that.
private struct EarlyOutcomes<Outcome> {
    private var outcomes: [Outcome?] = []
    /// The earliest place that is still to be taken.
    private var first = 0

    mutating func put(_ outcome: Outcome, at place: Int) {
        if place - first >= outcomes.count { grow(for: place) }
        outcomes[place & (outcomes.count - 1)] = outcome
    }

    func has(_ place: Int) -> Bool {
        if outcomes.isEmpty { return false }
        if case nil = outcomes[place & (outcomes.count - 1)] { return false }
        return true
    }

    /// The outcome at the earliest place, if it is there.
    mutating func take(_ place: Int) -> Outcome? {
        if outcomes.isEmpty { return nil }
        guard let outcome = outcomes[place & (outcomes.count - 1)].take() else { return nil }
        first = place + 1
        return outcome
    }

    private mutating func grow(for place: Int) {
        var count = max(4, outcomes.count)
        while count <= place - first { count *= 2 }
        var larger: [Outcome?] = Array(repeating: nil, count: count)
        for offset in outcomes.indices {
            let place = first + offset
            larger[place & (count - 1)] = outcomes[place & (outcomes.count - 1)].take()
        }
        outcomes = larger
    }
}
