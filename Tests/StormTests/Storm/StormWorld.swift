import OTP
import Synchronization

/// A message of a storm.
enum StormInfo: Sendable {
    /// Every issuer is known to all: begin.
    case go
    case message(Int, orders: [Deed])
    /// The issuer that sent this has come as far as this stage.
    case barrier(Int, stage: Int)
    case down(Int, of: Int, String)
    case exit(PID, String)
    /// Somebody else's request is to be answered.
    case answer(Int, call: Int, Reply<Int>)
}

/// What everybody in a storm shares: who exists, and the lines that were written.
final class StormWorld: Sendable {
    /// How a process is reached.
    struct Handle: Sendable {
        let id: Int
        let pid: PID
        /// Nil for a plain process.
        let server: ServerRef<StormServer>?
        let send: @Sendable (StormInfo) -> Void
    }

    private struct Known {
        var handles: [Handle] = []
        var ids: [PID: Int] = [:]
        var index: [Int: Int] = [:]
        var aliases: [(Int, @Sendable (StormInfo) -> Void)] = []
    }

    let node: Node
    let issuers: Int
    private let known = Locked(Known())
    private let nextID = Atomic<Int>(100)
    private let clock = Atomic<Int>(0)
    private let pages = Locked<[Page]>([])
    private let ready = Atomic<Int>(0)
    private let ended = Atomic<Int>(0)
    private let overStream = AsyncStream<Never>.makeStream()

    /// The lines of one process, stamped with their place among all lines.
    fileprivate final class Page: Sendable {
        let actor: Int
        let lines = Locked<[(Int, History.Act)]>([])
        init(actor: Int) { self.actor = actor }
    }

    /// Writes the lines of one process.
    struct Pen: Sendable {
        fileprivate let world: StormWorld
        fileprivate let page: Page

        func write(_ act: History.Act) {
            let stamp = world.clock.add(1, ordering: .sequentiallyConsistent).newValue
            page.lines.withLock { $0.append((stamp, act)) }
        }
    }

    init(node: Node, issuers: Int) {
        self.node = node
        self.issuers = issuers
    }

    func fresh() -> Int { nextID.add(1, ordering: .relaxed).newValue }

    func pen(for actor: Int) -> Pen {
        let page = Page(actor: actor)
        pages.withLock { $0.append(page) }
        return Pen(world: self, page: page)
    }

    func enter(_ handle: Handle) {
        known.withLock {
            $0.index[handle.id] = $0.handles.count
            $0.handles.append(handle)
            $0.ids[handle.pid] = handle.id
        }
    }

    func publish(alias: Int, _ send: @escaping @Sendable (StormInfo) -> Void) {
        known.withLock { $0.aliases.append((alias, send)) }
    }

    func id(of pid: PID) -> Int? { known.withLock { $0.ids[pid] } }

    func handle(_ id: Int) -> Handle? { known.withLock { known in known.index[id].map { known.handles[$0] } } }

    func alias(_ pick: UInt32) -> (Int, @Sendable (StormInfo) -> Void)? {
        known.withLock { $0.aliases.isEmpty ? nil : $0.aliases.suffix(12)[pickIndex(pick, $0.aliases.suffix(12))] }
    }

    private func pickIndex<C: RandomAccessCollection>(_ pick: UInt32, _ all: C) -> C.Index where C.Index == Int {
        all.startIndex + Int(pick) % all.count
    }

    var workers: [Handle] { known.withLock { $0.handles.filter { $0.id >= 100 } } }

    /// Anyone but `asker`, newer workers more often than older ones.
    func target(_ pick: UInt32, for asker: Int) -> Handle? {
        known.withLock { known in
            let all = known.handles.filter { $0.id != asker }
            let workers = all.filter { $0.id >= 100 }
            let pool: ArraySlice<Handle> =
                switch (pick >> 8) % 10 {
                case 0: all[...]
                case 1: workers[...]
                default: workers.suffix(8)
                }
            if !pool.isEmpty { return pool[pickIndex(pick >> 12, pool)] }
            return all.isEmpty ? nil : all[pickIndex(pick >> 12, all)]
        }
    }

    /// A worker other than `asker`, the newer the likelier.
    func worker(_ pick: UInt32, for asker: Int, serversOnly: Bool = false) -> Handle? {
        known.withLock { known in
            let pool = known.handles.filter { $0.id >= 100 && $0.id != asker && (!serversOnly || $0.server != nil) }
                .suffix(8)
            return pool.isEmpty ? nil : pool[pickIndex(pick >> 8, pool)]
        }
    }

    // MARK: the end

    /// Every issuer says so once it traps exits, and whoever starts them once all are known: then they begin.
    func becameReady() {
        guard ready.add(1, ordering: .acquiringAndReleasing).newValue == issuers + 1 else { return }
        for id in 0..<issuers { handle(id)?.send(.go) }
    }

    func issuerEnded() {
        if ended.add(1, ordering: .acquiringAndReleasing).newValue == issuers { overStream.continuation.finish() }
    }

    /// Who lives, by number.
    var alive: [Int] { node.processes.map { id(of: $0) ?? -1 } }

    func giveUp() { overStream.continuation.finish() }

    var isOver: Bool { ended.load(ordering: .acquiring) == issuers }

    /// Returns when every issuer has ended.
    func waitForEnd() async {
        for await _ in overStream.stream {}
    }

    /// All lines in the order in which they were written.
    func history(seed: UInt64, source: String) -> History {
        var all: [(Int, History.Line)] = []
        for page in pages.withLock({ $0 }) {
            for (stamp, act) in page.lines.withLock({ $0 }) {
                all.append((stamp, History.Line(actor: page.actor, act: act)))
            }
        }
        all.sort { $0.0 < $1.0 }
        return History(seed: seed, source: source, issuers: issuers, lines: all.map(\.1))
    }
}

/// A reason by name, as an error: such an end is reported.
struct StormError: Error, CustomStringConvertible {
    let name: String
    var description: String { name }
}

extension ExitReason {
    /// The reason with this name in a history.
    init(storm name: String) {
        switch name {
        case "normal": self = .normal
        case "shutdown": self = .shutdown
        case "kill": self = .kill
        default: self = name.hasSuffix("1") ? .error(StormError(name: name)) : .shutdown(detail: name)
        }
    }

    /// Its name in a history.
    var stormName: String {
        switch self {
        case .normal: "normal"
        case .shutdown(nil): "shutdown"
        case .shutdown(let detail?): detail
        case .killed: "killed"
        case .kill: "kill"
        case .noProcess: "noproc"
        case .error(let error): "\(error)".replacing(" ", with: "_")
        }
    }
}
