/// Something that happened to a name, between two lines.
struct NameStep {
    enum Deed: Equatable {
        case take(Int), giveBack, find(Int), findTaken, findFree
        /// The holder died.
        case release(Int)
    }

    var deed: Deed
    var from: Int
    var to: Int
    /// Whether it may not have happened, or without effect.
    var isOptional: Bool

    var isRelease: Bool { if case .release = deed { true } else { false } }

    /// Who holds the name afterwards; nil if this cannot happen while `holder` holds it.
    func apply(to holder: Int?) -> Int?? {
        switch deed {
        case .take(let process): holder == nil ? .some(process) : nil
        case .giveBack: holder == nil ? nil : .some(nil)
        case .find(let process): holder == process ? .some(holder) : nil
        case .findTaken: holder == nil ? nil : .some(holder)
        case .findFree: holder == nil ? .some(nil) : nil
        case .release(let process): holder == process ? .some(nil) : nil
        }
    }
}

/// Looks for an order in which the steps are possible one after the other (linearizability).
struct NameSearch {
    private struct State: Hashable {
        var done: Set<Int>
        var holder: Int?
    }

    private let steps: [NameStep]
    private var failed: Set<State> = []
    private var budget = 100_000

    init(steps: [NameStep]) {
        self.steps = steps.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    }

    mutating func run() throws -> Bool { try search(first: 0, State(done: [], holder: nil)) }

    /// - Parameter first: all steps before this one are done.
    private mutating func search(first: Int, _ state: State) throws -> Bool {
        var first = first
        var state = state
        while first < steps.count, state.done.remove(first) != nil { first += 1 }
        guard first < steps.count else { return true }
        guard !failed.contains(State(done: state.done.union([-first - 1]), holder: state.holder)) else { return false }
        budget -= 1
        if budget < 0 { throw Solver.Undecided() }
        var horizon = Int.max
        for index in first..<steps.count where !state.done.contains(index) { horizon = min(horizon, steps[index].to) }
        for index in first..<steps.count where !state.done.contains(index) && steps[index].from <= horizon {
            var next = state
            next.done.insert(index)
            let applied = steps[index].apply(to: state.holder)
            if let holder = applied {
                next.holder = holder
                if try search(first: first, next) { return true }
            }
            // The death of who does not hold the name changes nothing; that of the holder is never without effect.
            if steps[index].isOptional, applied == nil || !steps[index].isRelease {
                next.holder = state.holder
                if try search(first: first, next) { return true }
            }
        }
        failed.insert(State(done: state.done.union([-first - 1]), holder: state.holder))
        return false
    }
}
