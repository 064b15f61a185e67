/// What an event manager may do, as one list of handlers and the rules of `gen_event`: given what its handlers went
/// through, in their order, it says what cannot be. Knows nothing of the runtime.
struct EventModel {
    /// What happened in the manager.
    enum Entry: Hashable, Sendable {
        /// A handler was made. `claimant`: who owns it, nil if nobody or whoever owned the old one.
        case made(Int, key: Int, claimant: Int?, after: Origin)
        /// One was to be made, and its making threw.
        case refused(claimant: Int?, after: Origin)
        /// It handled an event.
        case handled(event: Int, by: Int)
        /// It was called.
        case called(Int)
        /// It has gone.
        case ended(Int, End)
    }

    /// Whose place a handler takes.
    enum Origin: Hashable, Sendable {
        case nobody
        /// Of one that was swapped by somebody else.
        case swapped(Int)
        /// Of one that asked for it.
        case gaveWay(Int)
    }

    /// Why a handler has gone.
    enum End: Hashable, Sendable { case deleted, swapped, gaveWay, removed, failed, ownerEnded, stopped }

    /// What an owner is told.
    enum Notice: Hashable, Sendable { case normal, shutdown, swapped, failed }

    struct Unexplained: Error, Hashable, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    private struct Handler {
        let number: Int
        let key: Int
        let owner: Int?
        /// The first of the line that it has come into by swaps.
        let root: Int
    }

    /// The handler that is always there, and last.
    static let sentinel = 0

    /// The newest first.
    private var handlers: [Handler] = [Handler(number: sentinel, key: -1, owner: nil, root: sentinel)]
    private var keys: [Int: Int] = [:]
    private var owners: [Int: Int] = [:]
    /// The event that is handled now, who is to handle it yet, and who did last.
    private var round: (event: Int, left: [Int], last: Int)?
    private var lastCalled: Int?
    /// One that has gone and whose place is to be taken.
    private var gone: (handler: Handler, place: Int, origin: Origin)?
    /// An owner whose handlers go now.
    private var ending: Int?
    private var isStopping = false

    /// The events that every handler has handled, in their order.
    private(set) var delivered: [Int] = []
    /// What the owners of each line of handlers are told, in its order.
    private(set) var told: [Int: [Notice]] = [:]

    /// The key of a handler that was made.
    func key(of number: Int) -> Int? { keys[number] }
    /// Who owned a line of handlers first.
    func owner(of root: Int) -> Int? { owners[root] }
    var isOver: Bool { handlers.isEmpty }

    mutating func apply(_ entry: Entry) throws(Unexplained) {
        switch entry {
        case .made(let number, let key, let claimant, let origin):
            try make(Handler(number: number, key: key, owner: claimant, root: number), after: origin)
        case .refused(let claimant, let origin):
            let old = try takePlace(after: origin)?.handler
            // Who asks for the swap himself gets the error, and nothing besides.
            if let old, claimant == nil { tell(old, .failed) }
        case .handled(let event, let number): try handle(event, number)
        case .called(let number):
            try between("a call")
            try demand(number, isNewest: { [keys] in $0.key == keys[number] }, "is called")
            lastCalled = number
        case .ended(let number, let end): try self.end(number, end)
        }
    }

    private mutating func make(_ handler: Handler, after origin: Origin) throws(Unexplained) {
        var (place, heir) = (0, handler)
        if let (old, index, _) = try takePlace(after: origin) {
            if case .gaveWay = origin { place = index }
            if handler.owner == nil {
                heir = Handler(number: handler.number, key: handler.key, owner: old.owner, root: old.root)
            }
        }
        keys[heir.number] = heir.key
        if let owner = heir.owner, owners[heir.root] == nil { owners[heir.root] = owner }
        handlers.insert(heir, at: place)
    }

    private mutating func takePlace(
        after origin: Origin
    ) throws(Unexplained) -> (handler: Handler, place: Int, origin: Origin)? {
        if let gone {
            guard gone.origin == origin else { throw Unexplained("after \(gone.origin) came one after \(origin)") }
            self.gone = nil
            return gone
        }
        guard origin == .nobody else { throw Unexplained("nobody has gone, and one came after \(origin)") }
        try between("an addition")
        return nil
    }

    private mutating func handle(_ event: Int, _ number: Int) throws(Unexplained) {
        if round == nil {
            try between("an event")
            round = (event, handlers.map(\.number), -1)
        }
        guard gone == nil, var current = round else { throw Unexplained("\(event) came while a swap went on") }
        guard current.event == event, current.left.first == number else {
            throw Unexplained("\(number) handled \(event); of \(current.event) there were left \(current.left)")
        }
        current.left.removeFirst()
        current.last = number
        round = current.left.isEmpty ? nil : current
        if current.left.isEmpty { delivered.append(event) }
    }

    private mutating func end(_ number: Int, _ end: End) throws(Unexplained) {
        guard gone == nil else { throw Unexplained("\(number) went while a swap went on") }
        guard let place = handlers.firstIndex(where: { $0.number == number }) else {
            throw Unexplained("\(number) went and was not there")
        }
        let handler = handlers[place]
        switch end {
        case .failed, .removed, .gaveWay:
            guard round.map({ $0.last == number }) ?? (lastCalled == number) else {
                throw Unexplained("\(number) went by itself without having run")
            }
            tell(handler, end == .failed ? .failed : end == .removed ? .normal : .swapped)
        case .deleted, .swapped:
            try between("the end of \(number)")
            try demand(number, isNewest: { $0.key == handler.key }, "was \(end)")
            tell(handler, end == .deleted ? .normal : .swapped)
        case .ownerEnded:
            guard round == nil, let owner = handler.owner else { throw Unexplained("\(number) has no owner that ends") }
            if ending != owner { try between("the end of an owner") }
            try demand(number, isNewest: { $0.owner == owner }, "went with its owner")
            ending = owner
            tell(handler, .shutdown)
        case .stopped:
            if !isStopping { try between("the stop") }
            isStopping = true
            try demand(number, isNewest: { _ in true }, "was stopped")
            tell(handler, .shutdown)
        }
        handlers.remove(at: place)
        lastCalled = nil
        if end == .swapped { gone = (handler, place, .swapped(number)) }
        if end == .gaveWay { gone = (handler, place, .gaveWay(number)) }
    }

    /// Only whole things lie between two others.
    private mutating func between(_ what: String) throws(Unexplained) {
        if let round { throw Unexplained("\(what) within event \(round.event)") }
        if gone != nil { throw Unexplained("\(what) within a swap") }
        if isStopping { throw Unexplained("\(what) after the stop") }
        if let ending, handlers.contains(where: { $0.owner == ending }) {
            throw Unexplained("\(what) while handlers of \(ending), which has ended, were left")
        }
        ending = nil
        lastCalled = nil
    }

    private func demand(_ number: Int, isNewest condition: (Handler) -> Bool, _ what: String) throws(Unexplained) {
        let newest = handlers.first(where: condition)?.number
        guard newest == number else {
            throw Unexplained("\(number) \(what), and the newest was \(newest.map(String.init) ?? "none")")
        }
    }

    private mutating func tell(_ handler: Handler, _ notice: Notice) {
        if handler.owner != nil { told[handler.root, default: []].append(notice) }
    }
}
