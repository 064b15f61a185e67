/// Which handlers an event manager has, the newest first, and who owns them.
@usableFromInline struct HandlerTable<Handler> {
    struct Entry {
        /// Distinguishes handlers that are called the same.
        let number: UInt64
        let id: AnyHandlerID
        let owner: HandlerOwner?
        fileprivate(set) var handler: Handler
        fileprivate(set) var maySuspend: Bool
    }

    private(set) var entries: [Entry] = []
    /// Those of the entries, apart, and their numbers: what is needed when nothing but an event comes.
    @usableFromInline private(set) var handlers: [Handler] = []
    @usableFromInline private(set) var numbers: [UInt64] = []
    private var count: UInt64 = 0
    /// How many of them may suspend.
    @usableFromInline private(set) var suspending = 0
    /// How many handlers have been taken away: while it stays, all that were there are there.
    @usableFromInline private(set) var removals = 0

    /// Puts a handler at a place, if not said otherwise first.
    mutating func add(
        _ id: AnyHandlerID, _ handler: Handler, owner: HandlerOwner?, at place: Int = 0, maySuspend: Bool = true
    ) {
        count += 1
        let entry = Entry(number: count, id: id, owner: owner, handler: handler, maySuspend: maySuspend)
        entries.insert(entry, at: place)
        if maySuspend { suspending += 1 }
        handlers.insert(handler, at: place)
        numbers.insert(count, at: place)
    }

    /// The newest with this id.
    func find(_ id: AnyHandlerID) -> Entry? { entries.first { $0.id == id } }

    /// The one with this number, while it is there.
    func find(_ number: UInt64) -> Entry? { entries.first { $0.number == number } }

    /// Whether the one with this number is there.
    @usableFromInline func has(_ number: UInt64) -> Bool { numbers.contains(number) }

    /// Takes a handler away.
    ///
    /// - Returns: Where it stood; nil if it has gone.
    mutating func remove(_ number: UInt64) -> Int? {
        let place = numbers.firstIndex(of: number)
        if let place {
            if entries.remove(at: place).maySuspend { suspending -= 1 }
            handlers.remove(at: place)
            numbers.remove(at: place)
            removals += 1
        }
        return place
    }

    /// Puts a handler in the place of another that is to be known by the same id and number, to the same owner.
    mutating func exchange(_ number: UInt64, for handler: Handler, maySuspend: Bool = true) {
        guard let place = numbers.firstIndex(of: number) else { return }
        suspending += (maySuspend ? 1 : 0) - (entries[place].maySuspend ? 1 : 0)
        entries[place].handler = handler
        entries[place].maySuspend = maySuspend
        handlers[place] = handler
    }

    /// Whether the process owns a handler.
    func owns(_ pid: PID) -> Bool { entries.contains { $0.owner?.pid == pid } }

    /// The handlers that belong to a process, the newest first.
    func owned(by pid: PID) -> [Entry] { entries.filter { $0.owner?.pid == pid } }
}

/// The process that a handler belongs to, and how it is told of the handler's end.
@usableFromInline struct HandlerOwner: Sendable {
    let pid: PID
    let tell: @Sendable (HandlerExit) -> Void
}
