internal import COTPRuntime
public import Synchronization

/// Why a call got no reply.
@usableFromInline enum CallFailure: Sendable {
    case timeout
    case noReply
    case exited(ExitReason)
    case noProcess
    case callingSelf
    case cycle([PID])
    case overloaded
    case cancelled
    /// The waiting process itself was killed.
    case killed
    case unexpected(state: String)
    case abandoned
}

/// Where one outstanding call waits for its outcome. Used again and again, each time with a new generation, and
/// never freed: whoever still holds an old reference finds another generation and does nothing.
///
/// The word is `generation << 8 | flags`. Exactly one of replier, deadline, death, cancellation and deadlock check
/// claims the slot; it writes the outcome and then publishes it. Only a replier who finds that the server is just ending gives the
/// claim back: the end settles the call then.
// @unchecked because the fields of the body are handed from claimer to waiter by the atomic word.
@usableFromInline struct CallSlot: @unchecked Sendable {
    @usableFromInline struct Body: ~Copyable {
        @usableFromInline let word = Atomic<UInt64>(0)
        @usableFromInline let deadline = Atomic<UInt64>(.max)
        /// The deadline of the entry in the timer queue; 0: none.
        let armed = Atomic<UInt64>(0)
        /// Whose timer queue that is. Slots pass from node to node, and each node has a clock of its own.
        let armedIn = Atomic<UInt64>(0)
        /// The server, for the waiting graph: valid while the waiter waits.
        @usableFromInline let server = Atomic<UInt>(0)
        /// The running number of the request in the server's mailbox.
        @usableFromInline let requestNumber = Atomic<UInt64>(0)
        /// How an ordinary task goes on.
        var waiter: UnsafeContinuation<Void, Never>?
        /// How a process goes on: the job of its runner, and where to put it. 0: none.
        var waitingItem: UInt = 0
        var waitingScheduler: Unmanaged<Scheduler>?
        /// Told instead of a continuation, for requests that nobody waits for yet.
        var listener: (any CallListener)?
        var failure: CallFailure?
        /// The runner of the process that calls, until it waits.
        var runner: Unmanaged<Runner>?
        /// The process that calls, 0 for a task outside any process.
        @usableFromInline let callerPID = Atomic<UInt64>(0)
        /// The worker on whose thread a process, or an ordinary task, has begun the call, until it waits: what answers on
        /// that thread meanwhile runs beneath the call itself.
        let beginner = Atomic<UInt>(0)
        /// For how many nanoseconds the call may be handled there, for the watch over the workers.
        let limit = Atomic<UInt64>(.max)
        /// Neighbours in the server's list of owed replies; the next free slot.
        var previous: CallSlot?
        var next: CallSlot?
        var isListed = false
        /// In which of several lists; see ``WideDebts``.
        var debtPart: UInt8 = 0
        /// Heap storage of a reply too large for the slot.
        @usableFromInline var large: UnsafeMutableRawPointer?
        /// Storage of the reply: behind the body, for only the claimer and then the waiter may touch it.
        @usableFromInline let storage: UnsafeMutableRawPointer

        init(storage: UnsafeMutableRawPointer) { self.storage = storage }
    }

    @usableFromInline enum Flag {
        @usableFromInline static var claimed: UInt64 { 1 }
        @usableFromInline static var ready: UInt64 { 2 }
        @usableFromInline static var waiting: UInt64 { 4 }
        /// Somebody watches the caller, which is no process.
        static var watched: UInt64 { 8 }
        @usableFromInline static var mask: UInt64 { 0xFF }
    }

    @usableFromInline let body: UnsafeMutablePointer<Body>

    init(body: UnsafeMutablePointer<Body>) { self.body = body }

    /// Two slots are of two calls, each on a worker of its own: none shares a cache line with another.
    private static var stride: Int { 256 }
    private static var storageOffset: Int { stride - 32 }

    /// A slot that nobody uses; others of the same block are the worker's, or everybody's.
    @inline(never) static func make(for worker: UnsafeMutablePointer<Worker>? = nil) -> CallSlot {
        assert(MemoryLayout<Body>.size <= storageOffset)
        let count = 16
        let memory = UnsafeMutableRawPointer(OwnLines.allocate(UInt8.self, count: count * stride))
        func slot(_ index: Int) -> CallSlot {
            let place = memory + index * stride
            let body = place.bindMemory(to: Body.self, capacity: 1)
            body.initialize(to: Body(storage: place + storageOffset))
            return CallSlot(body: body)
        }
        for index in 1..<count {
            let other = slot(index)
            if let worker, worker.pointee.slots.give(other) { continue }
            CallSlotPool.shared.give(other)
        }
        return slot(0)
    }

    @inlinable var generation: UInt64 { body.pointee.word.load(ordering: .relaxed) >> 8 }

    /// Whether a reply for `generation` is still wanted.
    @inlinable func isPending(_ generation: UInt64) -> Bool {
        let word = body.pointee.word.load(ordering: .acquiring)
        return word >> 8 == generation && word & Flag.claimed == 0
    }

    /// Claims the right to settle; false if it has been settled or is of another generation.
    @inlinable func claim(_ generation: UInt64) -> Bool {
        var word = body.pointee.word.load(ordering: .relaxed)
        while word >> 8 == generation, word & Flag.claimed == 0 {
            let (won, now) = body.pointee.word.compareExchange(
                expected: word, desired: word | Flag.claimed, ordering: .acquiringAndReleasing)
            if won { return true }
            word = now
        }
        return false
    }

    /// Whether the call was begun beneath, on this thread, and nobody waits yet.
    private var isBegunHere: Bool {
        let beginner = body.pointee.beginner.load(ordering: .relaxed)
        return beginner != 0 && beginner == UInt(bitPattern: Worker.current)
    }

    /// Publishes what the claimer wrote, and wakes the waiter if there is one.
    @usableFromInline func publish() {
        let listener = body.pointee.listener == nil ? nil : body.pointee.listener
        // Set before the claim or not at all.
        if body.pointee.word.load(ordering: .relaxed) & Flag.watched != 0 {
            CallerIdentity.callEnded(self, wasAnswered: !hasFailed)
        }
        var old = body.pointee.word.load(ordering: .acquiring)
        if old & Flag.waiting != 0 {
            // Claimed, and waited for: nobody else changes the word any more.
            body.pointee.word.store(old | Flag.ready, ordering: .releasing)
        } else if isBegunHere {
            // Claimed, and whoever will wait goes on when this returns.
            return body.pointee.word.store(old | Flag.ready, ordering: .releasing)
        } else {
            old = body.pointee.word.bitwiseOr(Flag.ready, ordering: .acquiringAndReleasing).oldValue
            guard old & Flag.waiting != 0 else { return }
        }
        if let listener {
            listener.callSettled(self, generation: old >> 8)
        } else if body.pointee.waitingItem != 0, let scheduler = body.pointee.waitingScheduler {
            let item = RunItem(bits: body.pointee.waitingItem)
            body.pointee.waitingItem = 0
            scheduler._withUnsafeGuaranteedRef { $0.enqueue(item) }
        } else {
            let waiter = body.pointee.waiter.unsafelyUnwrapped
            body.pointee.waiter = nil
            waiter.resume()
        }
    }

    /// The server, if it is counted or watched, or has ended; the claimer's question. The waiter still waits and keeps it alive.
    @inlinable var noting: Unmanaged<ProcessCell>? {
        let bits = body.pointee.server.load(ordering: .relaxed)
        guard let pointer = UnsafeRawPointer(bitPattern: bits) else { return nil }
        // Answers to the requests of the system are no events.
        if body.pointee.requestNumber.load(ordering: .relaxed) == RequestNumber.system { return nil }
        let server = Unmanaged<ProcessCell>.fromOpaque(pointer)
        let isNoting = server._withUnsafeGuaranteedRef {
            $0.control.load(ordering: .acquiring) & ProcessCell.Control.noting != 0
        }
        return isNoting ? server : nil
    }

    /// The claimer has found that the server has ended: that came first, though the caller, who may not have come to wait
    /// yet, has not been told. Then the claim is over, and the slot the claimer's no more. False if the server lives.
    @usableFromInline func failed(byEndOf server: Unmanaged<ProcessCell>) -> Bool {
        guard let reason = server._withUnsafeGuaranteedRef({ $0.finalReason }) else { return false }
        if server._withUnsafeGuaranteedRef({ $0.has(ProcessCell.Control.closed) }) {
            body.pointee.failure = .exited(reason)
            publish()
        } else {
            leave(toEndOf: server.takeUnretainedValue(), reason)
        }
        return true
    }

    /// Gives the claim back: the end of the server, which is under way, fails the call when the server's names are free. So it
    /// does if the caller's time has run out, or its process has ended, just while the call was claimed.
    ///
    /// Never inlined: the reference to the server is counted before, for afterwards nobody else may have one.
    @inline(never) func leave(toEndOf server: ProcessCell, _ reason: ExitReason) {
        let generation = generation
        otp_settle()
        body.pointee.word.bitwiseAnd(~Flag.claimed, ordering: .acquiringAndReleasing)
        // Whoever lists those who are to be told has the lock: he comes later and finds the call, or has found it claimed.
        let isTooLate = server.guarding.withLock { server.has(ProcessCell.Control.closed) }
        if isTooLate { fail(generation, .exited(reason)) }
    }

    /// Who waits; nil if that is not known.
    @usableFromInline var receiver: PID? {
        let raw = body.pointee.callerPID.load(ordering: .relaxed)
        return raw == 0 ? nil : PID(raw: raw)
    }

    /// Settles with a failure; false if it was settled before.
    @usableFromInline @discardableResult func fail(_ generation: UInt64, _ failure: CallFailure) -> Bool {
        guard claim(generation) else { return false }
        body.pointee.failure = failure
        publish()
        return true
    }

    /// The last copy of the reply is gone: nobody will answer, or the server has ended.
    @usableFromInline func dropped(_ generation: UInt64) {
        guard claim(generation) else { return }
        // Claimed and not published: the waiter still waits and keeps the server alive.
        let bits = body.pointee.server.load(ordering: .relaxed)
        if let pointer = UnsafeRawPointer(bitPattern: bits), failed(byEndOf: .fromOpaque(pointer)) { return }
        body.pointee.failure = Overflow.isDropping ? .overloaded : .noReply
        publish()
    }

    /// Notes whom the call is made to.
    func setServer(_ server: ProcessCell) { setServer(.passUnretained(server)) }

    func setServer(_ server: Unmanaged<ProcessCell>) {
        body.pointee.server.store(UInt(bitPattern: server.toOpaque()), ordering: .relaxed)
    }

    /// Whether the outcome is there.
    @inlinable var isReady: Bool { body.pointee.word.load(ordering: .acquiring) & Flag.ready != 0 }

    /// Whether somebody is about to settle it, or has.
    @inlinable var isClaimed: Bool { body.pointee.word.load(ordering: .acquiring) & Flag.claimed != 0 }

    /// Announces the waiter; false if the outcome is already there and nobody will wake it.
    func announceWaiter() -> Bool {
        body.pointee.word.bitwiseOr(Flag.waiting, ordering: .acquiringAndReleasing).oldValue & Flag.ready == 0
    }

    // MARK: the value

    @inlinable static func fits<Value>(_ type: Value.Type) -> Bool {
        MemoryLayout<Value>.size <= 32 && MemoryLayout<Value>.alignment <= 8
    }

    /// Claimer only.
    @inlinable func store<Value>(_ value: consuming Value) {
        if Self.fits(Value.self) {
            body.pointee.storage.initializeMemory(as: Value.self, to: value)
        } else {
            let large = UnsafeMutablePointer<Value>.allocate(capacity: 1)
            large.initialize(to: value)
            body.pointee.large = UnsafeMutableRawPointer(large)
        }
    }

    /// Waiter only, once: moves the value out; nil when the call failed.
    @inlinable func takeValue<Value>(as type: Value.Type) -> Value? {
        if hasFailed { return nil }
        if Self.fits(Value.self) {
            return body.pointee.storage.assumingMemoryBound(to: Value.self).move()
        }
        let large = body.pointee.large.unsafelyUnwrapped.assumingMemoryBound(to: Value.self)
        body.pointee.large = nil
        defer { large.deallocate() }
        return large.move()
    }

    @usableFromInline var hasFailed: Bool { body.pointee.failure != nil }

    @usableFromInline func takeFailure() -> CallFailure {
        defer { body.pointee.failure = nil }
        return body.pointee.failure ?? .abandoned
    }

    // MARK: the deadline

    /// The deadline, if one has been set for this call.
    var notedDeadline: UInt64? {
        let deadline = body.pointee.deadline.load(ordering: .relaxed)
        return deadline == .max ? nil : deadline
    }

    /// Fails the call with `.timeout` when `deadline` passes; costs a timer only now and then.
    func setDeadline(_ deadline: UInt64, timers: TimerService) {
        guard noteDeadline(deadline, timers: timers) else { return }
        // Whoever takes the entry out says so first and looks at the deadline then; here it is the other way round.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        ensureArmed(deadline, timers: timers)
    }

    /// The first half of `setDeadline`, for those who then take a lock, or write something else in the order of all: to
    /// `ensureArmed` that is what the fence is here. False if there is nothing left to do.
    func noteDeadline(_ deadline: UInt64, timers: TimerService) -> Bool {
        if body.pointee.armedIn.load(ordering: .relaxed) != timers.id {
            // Whoever sees the new deadline sees first whose clock it is of.
            body.pointee.armedIn.store(timers.id, ordering: .sequentiallyConsistent)
            // What is armed is in the other queue.
            body.pointee.armed.store(0, ordering: .sequentiallyConsistent)
            body.pointee.deadline.store(deadline, ordering: .sequentiallyConsistent)
            arm(deadline, timers)
            return false
        }
        body.pointee.deadline.store(deadline, ordering: .releasing)
        return true
    }

    /// The second half: the entry in the timer queue comes up in time.
    func ensureArmed(_ deadline: UInt64, timers: TimerService) {
        let armed = body.pointee.armed.load(ordering: .sequentiallyConsistent)
        if armed != 0, armed <= deadline { return }
        arm(deadline, timers)
    }

    private func arm(_ deadline: UInt64, _ timers: TimerService) {
        // Beyond the clock: no entry, which would stay for ever.
        guard deadline < Deadline.never else { return }
        body.pointee.armed.store(deadline, ordering: .sequentiallyConsistent)
        timers.add(self, at: deadline)
    }

    /// An entry of this slot has come up in the timer queue.
    func deadlinePassed(now: UInt64, timers: TimerService) {
        // Left over from a call to another node.
        if body.pointee.armedIn.load(ordering: .sequentiallyConsistent) != timers.id { return }
        body.pointee.armed.store(0, ordering: .sequentiallyConsistent)
        while true {
            let word = body.pointee.word.load(ordering: .sequentiallyConsistent)
            let deadline = body.pointee.deadline.load(ordering: .sequentiallyConsistent)
            if body.pointee.armedIn.load(ordering: .sequentiallyConsistent) != timers.id { return }
            // The deadline has to be that of this generation.
            if body.pointee.word.load(ordering: .sequentiallyConsistent) >> 8 != word >> 8 { continue }
            if deadline == .max || word & Flag.claimed != 0 { return }
            if deadline <= now { fail(word >> 8, .timeout) } else { arm(deadline, timers) }
            return
        }
    }

    // MARK: reuse

    /// Takes a slot for one call.
    @usableFromInline static func acquire() -> CallSlot { acquire(on: Worker.current) }

    @inline(__always) static func acquire(on worker: UnsafeMutablePointer<Worker>?) -> CallSlot {
        if let worker, let slot = worker.pointee.slots.take() { return slot }
        return CallSlotPool.shared.take() ?? make(for: worker)
    }

    /// Gives the slot back: the next user has another generation.
    @usableFromInline func recycle() {
        // Published by the new generation below: whoever finds that one finds no deadline of the old.
        body.pointee.deadline.store(.max, ordering: .relaxed)
        body.pointee.callerPID.store(0, ordering: .relaxed)
        body.pointee.server.store(0, ordering: .relaxed)
        body.pointee.requestNumber.store(0, ordering: .relaxed)
        body.pointee.beginner.store(0, ordering: .relaxed)
        if body.pointee.failure != nil { body.pointee.failure = nil }
        if body.pointee.listener != nil { body.pointee.listener = nil }
        body.pointee.word.store((generation &+ 1) << 8, ordering: .releasing)
        if let worker = Worker.current, worker.pointee.slots.give(self) { return }
        CallSlotPool.shared.give(self)
    }
}

extension CallSlot: Equatable {
    @usableFromInline static func == (a: CallSlot, b: CallSlot) -> Bool { a.body == b.body }
}

/// Told when a request without a waiter is settled.
@usableFromInline protocol CallListener: AnyObject, Sendable {
    func callSettled(_ slot: CallSlot, generation: UInt64)
}

/// The free slots of one worker.
struct CallSlotCache {
    private var first: CallSlot?
    private var count = 0

    @inline(__always) mutating func take() -> CallSlot? {
        guard let slot = first else { return nil }
        first = slot.body.pointee.next
        slot.body.pointee.next = nil
        count &-= 1
        return slot
    }

    @inline(__always) mutating func give(_ slot: CallSlot) -> Bool {
        guard count < 64 else { return false }
        slot.body.pointee.next = first
        first = slot
        count &+= 1
        return true
    }
}
