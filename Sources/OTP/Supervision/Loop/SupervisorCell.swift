internal import Synchronization

/// The process of a supervisor: tells its machine what happens, and does what that says. It never suspends.
// @unchecked as its superclass; the fields belong to whoever runs the process.
final class SupervisorCell: BehaviorCell<SupervisorBehavior>, @unchecked Sendable {
    /// From the root down: `shop/storage`.
    let path: String
    // Of whoever runs the process. Without the dynamic check of exclusive access: 43 of them stood in the way of a child.
    // One of the two machines, each by its own type: behind a protocol every input would be copied once more.
    @exclusivity(unchecked) var declared: SupervisorMachine?
    @exclusivity(unchecked) var dynamic: DynamicSupervisorMachine?
    /// Which one: to ask whether one is there would copy it.
    @exclusivity(unchecked) private(set) var kind = Kind.none
    enum Kind { case none, declared, dynamic }
    /// Whether it does nothing else while a child starts.
    @exclusivity(unchecked) var waitsForStarts = false
    @exclusivity(unchecked) var handshake: StartHandshake?
    /// Why it ended; set before it is dead.
    let ending = LockedBox<SupervisionEnding?>(nil)
    /// How many partitions are in use, if its children are partitions.
    let partitions: PartitionCount?

    /// Input that came up while the machine was asked.
    @exclusivity(unchecked) var inputs: [SupervisionInput] = []
    @exclusivity(unchecked) var isFeeding = false
    /// What the machine has said that is to be done.
    @exclusivity(unchecked) private var actions: [SupervisionAction] = []
    /// Children that live or are about to.
    @exclusivity(unchecked) var children = LiveChildren()
    @exclusivity(unchecked) var alarms: [SupervisionAlarm: TimerRef] = [:]
    /// Alarms of the present input, set when all is done that came of it: most are not wanted any more by then.
    @exclusivity(unchecked) var newAlarms: [(alarm: SupervisionAlarm, wait: Duration)] = []
    @exclusivity(unchecked) var requests: [NumberKey: Reply<SupervisionAnswer>] = [:]
    @exclusivity(unchecked) var requestCount: SupervisionRequestID = 0
    /// Answers for those who made a request without a reply and have yet to come back for them.
    @exclusivity(unchecked) var answers: [NumberKey: SupervisionAnswer] = [:]
    /// What the child that has just started has to say to whoever has asked for it; nobody else hears it.
    @exclusivity(unchecked) var told: (any Sendable)?
    /// What is done once the supervisor is free for others again.
    @exclusivity(unchecked) var errands = Few<SupervisorErrand>()
    /// How many more children it may end itself in this turn: others are to get theirs.
    @exclusivity(unchecked) var endsAtOnce = 0
    static let mostEndsAtOnce = 32

    @exclusivity(unchecked) private var make: SupervisorMaker?
    private static let budget = 128

    init(
        node: __shared Node, origin: __shared Origin?, path: String, handshake: StartHandshake?, partitions: Int? = nil,
        _ make: @escaping SupervisorMaker
    ) {
        self.path = path
        self.partitions = partitions.map(PartitionCount.init)
        self.handshake = handshake
        self.make = make
        super.init(
            node: .passUnretained(node), stride: SupervisorBehavior.slotStride,
            origin: origin.map { .passUnretained($0) }, limits: nil
        ) { held, _ in
            SliceOutcome(held._withUnsafeGuaranteedRef { unsafeDowncast($0, to: SupervisorCell.self).slice() }, held)
        }
        exitHandler = { .exit($0) }
        set(Control.trapping | Control.plain)
    }

    /// The machine, to look at.
    var machine: (any SupervisionMachine)? { dynamic ?? declared }

    override var kindName: String { "Supervisor" }
    /// Why it ended: perhaps for an error of a child's.
    override var keepsOthersThings: Bool { true }
    override var renderedState: String? {
        machine.map { machine in
            let snapshot = machine.snapshot(at: node.now)
            let children = snapshot.children.map { "\($0.id): \($0.phase)" }.joined(separator: ", ")
            return "\(path), \(snapshot.strategy), \(snapshot.restartsLeft) restarts left, [\(children)]"
        }
    }

    // MARK: the loop

    override func plainTurn() -> SliceEnd? { slice() }

    private func slice() -> SliceEnd {
        endsAtOnce = Self.mostEndsAtOnce
        if let make {
            self.make = nil
            begin(make)
        }
        for _ in 0..<Self.budget {
            if has(Control.dead) { return buried() }
            if has(Control.hasDeferred), !has(Control.suspended) {
                if let message = takeDeferred() { take(message) } else { clear(Control.hasDeferred) }
                continue
            }
            switch mailbox.look() {
            case .message(let tag, let slot): take(tag, slot)
            case .empty: if goneIdle() { return .idle }
            case .pending: return sliceEnded()
            }
        }
        return sliceEnded()
    }

    /// Others get their turn.
    private func sliceEnded() -> SliceEnd {
        if !errands.isEmpty { sendErrands() }
        return .again
    }

    private func begin(_ make: (UInt64) throws -> any SupervisionMachine) {
        if has(Control.dead) { return }
        do {
            let machine = try make(seed)
            dynamic = machine as? DynamicSupervisorMachine
            declared = machine as? SupervisorMachine
            kind = dynamic == nil ? .declared : .dynamic
            waitsForStarts = dynamic == nil
        } catch {
            note(error is StartSignal ? .ignored : .failed(ExitReason(thrown: error)), handshake)
            return die(error is StartSignal ? .normal : ExitReason(thrown: error))
        }
        feed(.start)
    }

    /// Follows from the seed of a node that has one.
    private var seed: UInt64 {
        if case .seeded(let seed) = node.scheduler.mode { seed ^ pid.raw } else { .random(in: .min ... .max) }
    }

    private func take(_ tag: UInt32, _ slot: UnsafeMutableRawPointer) {
        if has(Control.suspended) {
            if let notice = setAside(tag, slot) { take(.notice(notice)) }
            return
        }
        if has(Control.watched) { return take(taken(tag, slot)) }
        switch tag {
        case MessageTag.call:
            let call = Boxing<SupervisorBehavior.Call>.take(from: slot)
            mailbox.advance(past: slot)
            handle(call)
        case MessageTag.info:
            let info = Boxing<SupervisorBehavior.Info>.take(from: slot)
            mailbox.advance(past: slot)
            take(info)
        default:
            let notice = (slot + 8).load(as: Unmanaged<SystemMessage>.self).takeRetainedValue()
            mailbox.advance(past: slot)
            handle(notice)
        }
    }

    /// Exits from the parent, stops and system requests act at once; the first two end the suspension.
    override func actsWhileSuspended(_ notice: SystemMessage) -> Bool {
        if notice is Errand { return true }
        let ends =
            notice is StopRequest || notice is SupervisorStop
            || (notice as? ExitNotice).map { $0.message.pid == origin?.master } == true
        if ends { clear(Control.suspended) }
        return ends
    }

    private func take(_ message: Deferred<SupervisorBehavior>.Message) {
        guard has(Control.watched), !isSystemRequest(message) else { return handle(message) }
        noteReceived(Deferred<SupervisorBehavior>.render(message))
        handle(message)
        noteHandled()
    }

    private func isSystemRequest(_ message: Deferred<SupervisorBehavior>.Message) -> Bool {
        if case .notice(let notice) = message { return notice is Errand }
        return false
    }

    func handle(_ call: SupervisorBehavior.Call) {
        switch call {
        case .request(let request, let reply):
            requestCount += 1
            requests[NumberKey(requestCount)] = reply
            feed(.request(request, requestCount))
        case .begun(let ref, let problem, let id, let reply): begun(ref, problem, id, reply)
        case .snapshot(let reply):
            if let machine { reply.send(machine.snapshot(at: node.now)) }
        }
    }

    private func handle(_ message: Deferred<SupervisorBehavior>.Message) {
        switch message {
        case .call(let call): handle(call)
        case .info(let info): take(info)
        case .notice(let notice): handle(notice)
        case .cast: break
        }
    }

    private func handle(_ notice: SystemMessage) {
        switch notice {
        case let stop as SupervisorStop: feed(.shutdown(stop.reason, deadline: stop.deadline))
        // The end of a child, which comes all the time: known without looking at all that a notice may be.
        case let exit as ExitNotice where exit.message.pid != origin?.master:
            if isFlushed(exit.message) { unseenCount &+= 1 } else { hasEnded(exit.message) }
        default:
            switch interpret(notice) {
            case .info(let info): take(info)
            case .stop(let reason): feed(.shutdown(reason, deadline: nil))
            case .nothing, .idleCheck: break
            }
        }
    }

    /// Asks the machine and does what it says.
    func feed(_ input: consuming SupervisionInput) {
        if isFeeding { return inputs.append(input) }
        isFeeding = true
        ask(input)
        takeRest()
    }

    /// Does what the machine of a dynamic supervisor has said without having been fed.
    func doWhatWasSaid() {
        if dynamic!.actions.isEmpty { return }
        isFeeding = true
        performSaid()
        takeRest()
    }

    /// What came up while the machine was fed.
    private func takeRest() {
        while !inputs.isEmpty {
            if inputs.count == 1 {
                ask(inputs.removeLast())
            } else {
                // What comes up meanwhile comes after these.
                let all = inputs
                inputs = []
                for input in all { ask(input) }
            }
        }
        if !newAlarms.isEmpty { setAlarms() }
        isFeeding = false
    }

    private func ask(_ input: consuming SupervisionInput) {
        if has(Control.dead) { return }
        switch kind {
        case .dynamic:
            dynamic!.take(input, at: node.now)
            performSaid()
        case .declared:
            declared!.take(input, at: node.now)
            swap(&actions, &declared!.actions)
            performAll()
        case .none: return
        }
    }

    private func performSaid() {
        swap(&actions, &dynamic!.actions)
        performAll()
    }

    /// Does what the machine has said, in order. A few actions, as mostly, are taken out and not copied.
    private func performAll() {
        let count = actions.count
        if count <= 4 { return performFew() }
        for index in 0..<count { perform(actions[index]) }
        actions.removeAll(keepingCapacity: count < 64)
    }

    private func performFew() {
        guard let last = actions.popLast() else { return }
        performFew()
        perform(last)
    }

    // MARK: the end

    func die(_ reason: ExitReason) {
        if let report = crashReport(reason, lastMessage: nil, state: nil) { node.report(.crash(report)) }
        declareDead(reason)
    }

    /// Frees what a dead supervisor has, and empties its mailbox.
    private func buried() -> SliceEnd {
        if !has(Control.released) {
            buryErrands()
            for start in children.starts { start.abandon() }
            children = LiveChildren()
            alarms = [:]
            newAlarms = []
            requests = [:]
            answers = [:]
            dynamic = nil
            declared = nil
            kind = .none
            make = nil
            handshake = nil
            freeHandlers()
            released()
        }
        return drained()
    }
}
