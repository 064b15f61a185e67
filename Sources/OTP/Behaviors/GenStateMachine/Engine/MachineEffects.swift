/// What whoever drives a machine has to do, in order: what most transitions lead to needs no array.
@usableFromInline struct MachineEffects<Machine: GenStateMachine> {
    @usableFromInline typealias Effect = MachineEffect<Machine>

    /// Comes first, and is all there is for most transitions.
    @usableFromInline var reply: MachineReply?
    @usableFromInline var first: Effect?
    @usableFromInline var second: Effect?
    @usableFromInline var third: Effect?
    @usableFromInline var more: [Effect] = []

    @inlinable init() {}

    @inlinable var isEmpty: Bool { reply == nil && first == nil }

    @inlinable mutating func append(_ reply: MachineReply) {
        if isEmpty { self.reply = reply } else { append(.reply(reply)) }
    }

    @inlinable mutating func append(_ effect: Effect) {
        if first == nil {
            first = effect
        } else if second == nil {
            second = effect
        } else if third == nil {
            third = effect
        } else {
            more.append(effect)
        }
    }

    /// Starts a timer: in place of the one that is cancelled just before, if that is all there is.
    @inlinable mutating func appendStart(_ number: UInt64, _ point: TimeoutPoint) {
        if case .cancel(let old)? = first, second == nil {
            first = .restart(old, number, point)
        } else {
            append(.start(number, point))
        }
    }

    /// Does them, and is empty then.
    @inlinable mutating func perform(_ body: (Effect) -> Void) {
        if let reply = reply.take() { body(.reply(reply)) }
        guard let first else { return }
        self.first = nil
        body(first)
        guard let second else { return }
        self.second = nil
        body(second)
        guard let third else { return }
        self.third = nil
        body(third)
        if more.isEmpty { return }
        for effect in more { body(effect) }
        more = []
    }
}

/// One thing that is to be done.
@usableFromInline enum MachineEffect<Machine: GenStateMachine> {
    case reply(MachineReply)
    /// Set a timer; when it comes, the engine is told its number.
    case start(UInt64, TimeoutPoint)
    /// The same, and the timer with the first number is not wanted any more.
    case restart(UInt64, UInt64, TimeoutPoint)
    /// The timer with this number is not wanted any more.
    case cancel(UInt64)
    /// Other functions handle events from now on; nil: the machine's own.
    case become((any MachineRole<Machine>.Type)?)
}
