extension SupervisorMachine {
    /// What a supervisor is in the middle of.
    enum Operation: Sendable {
        /// Nothing has been started yet.
        case new
        /// Nothing; it waits for something to happen.
        case idle
        /// A child's `init` is awaited.
        case starting(StartRun)
        /// A child's end is awaited.
        // In a box, so that nothing else copies as much.
        indirect case stopping(StopRun)
        case ended
    }

    /// The start of one child, or of one child after another.
    struct StartRun: Sendable {
        enum Purpose: Sendable {
            case boot
            case restart
            /// A new child: forgotten if it does not start.
            case add(Askers)
            /// A child that had been stopped.
            case again(Askers)
        }

        /// Who waits for a start: all are answered with its one outcome.
        struct Askers: Sendable {
            let first: SupervisionRequestID
            /// Who has asked for the same while it waited for a zombie.
            var others: [SupervisionRequestID] = []

            init(_ first: SupervisionRequestID) { self.first = first }
        }

        let purpose: Purpose
        let current: ChildRef

        /// Whether those after it in the list are started too.
        let continues: Bool
    }

    /// The stop of one child after another, backwards.
    struct StopRun: Sendable {
        enum Purpose: Sendable {
            /// Those that a failed child takes with it; then the failed one starts, after a wait.
            case restart(Int, wait: Duration)
            case terminate(SupervisionRequestID)
            case end(SupervisionEnding)
        }

        /// The next to look at.
        var next: Int?
        /// The last to look at.
        let until: Int?
        var awaited: ChildRef?
        let purpose: Purpose

        var isEnd: Bool {
            if case .end = purpose { true } else { false }
        }
    }
}

/// What came in while an operation was under way.
struct Backlog: Sendable {
    enum Item: Sendable {
        case exit(ChildRef)
        case restart(ChildRef)
        case resume(ChildRef)
        case request(SupervisionRequest, SupervisionRequestID)
    }

    private var items: [Item] = []
    private var head = 0

    mutating func append(_ item: Item) { items.append(item) }

    mutating func next() -> Item? {
        guard head < items.count else { return nil }
        let item = items[head]
        head += 1
        if head == items.count || head > 64 && head * 2 > items.count {
            items.removeFirst(head)
            head = 0
        }
        return item
    }
}
