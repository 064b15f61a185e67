internal import COTPRuntime
internal import Synchronization

/// One runtime: its processes, names, clock, randomness, reports and scheduler.
///
/// A program has a default node; further ones are for tests, side by side. A node is never freed; `shutdown` ends its
/// processes and, for nodes other than the default one, its threads. Erlang: a node.
// @unchecked because every stored property is immutable or guards itself.
public final class Node: @unchecked Sendable {
    /// The node of code that runs outside any process and was given no other.
    public static let `default`: Node = {
        let node = Node(name: "default", workers: Node.defaultWorkers)
        ProcessWideExecutor.installIfAsked(on: node)
        return node
    }()

    @TaskLocal private static var assigned: Node?

    /// The node of the process in which the caller runs, else the one given by `with`, else the default one.
    public static var current: Node { currentRef.takeUnretainedValue() }

    /// The same without counting a reference: nodes are never freed.
    @usableFromInline static var currentRef: Unmanaged<Node> {
        if let reference = CurrentProcess.reference { return reference._withUnsafeGuaranteedRef { $0.nodeRef } }
        return .passUnretained(assigned ?? Runner.inherited?.scheduler.node ?? .default)
    }

    /// Runs `body` with this node as the current one of code outside any process.
    public func with<R>(_ body: () throws -> R) rethrows -> R {
        try Node.$assigned.withValue(self) { try body() }
    }

    /// Runs `body` with this node as the current one of code outside any process.
    public nonisolated(nonsending) func with<R>(_ body: nonisolated(nonsending) () async throws -> R) async rethrows
        -> R
    {
        try await Node.$assigned.withValue(self) { try await body() }
    }

    /// For people: appears in reports.
    public let name: String
    /// Distinguishes the nodes of one program; part of every PID.
    public let id: UInt16

    @usableFromInline let scheduler: Scheduler
    /// The same without counting references, which would go from core to core; never freed either.
    let schedulerRef: Unmanaged<Scheduler>
    let table = ProcessTable()
    package let names = NameTable()
    /// Registries and scopes of groups, by name.
    @usableFromInline let registries = Fixtures()
    @usableFromInline let groupScopes = Fixtures()
    /// The deaths of processes that stand in somebody's list: counted while they are declared.
    @usableFromInline let listedEnds = EndCounts()
    /// The ends of processes that have unique keys: counted from before death is declared until nothing of the process can be
    /// found by a key any more, unless a change of a registry is under way during which an entry is not noted with its process.
    /// Apart, as these ends leave the lists as they are.
    @usableFromInline let keyedEnds = EndCounts()
    let reports = ReportSink()
    /// See ``reportsProgress``. Here, so that a start looks at one word.
    let isProgressWanted = Atomic<Bool>(false)
    /// Workers take some in blocks, so that those who spawn processes at the same time do not share a count.
    private let numbers = LoneCounter()
    private let callerNumbers = CallerNumbers()
    private let zombies = LockedBox<[PID: ProcessCell]>([:])
    let alarms = MailboxAlarms()
    let defaultBound = DefaultBound()
    /// What parts of the library above the kernel keep for each node.
    let parts = LockedBox<[ObjectIdentifier: any AnyObject & Sendable]>([:])
    /// What a shutdown does before it ends processes, in at most so long: parts of the library above the kernel say so.
    let endsFirst = LockedBox<(@Sendable (Duration) async -> Void)?>(nil)
    /// Since when processes have been seen at work on the same message, by those who looked.
    let sightings = LockedBox<[PID: Sighting]>([:])

    private static let nextID = Atomic<UInt16>(0)
    private static let all = LockedBox<[UInt16: Node]>([:])

    /// Starts a node of its own.
    ///
    /// - Parameter workers: Threads that run processes, 1 to 48.
    public convenience init(name: String = "node", workers: Int = Node.defaultWorkers) {
        self.init(name: name, mode: .threads, workers: workers)
    }

    /// A node with one worker that has no thread and a clock that stands still: `VirtualNode` of the test kit drives
    /// it. The same seed and program give the same run.
    package convenience init(name: String, seed: UInt64) {
        self.init(name: name, mode: .seeded(seed), workers: 1)
    }

    private init(name: String, mode: Scheduler.Mode, workers: Int) {
        self.name = name
        scheduler = Scheduler(mode: mode, workers: workers)
        schedulerRef = .passUnretained(scheduler)
        id = Node.nextID.add(1, ordering: .relaxed).oldValue
        scheduler.node = self
        Node.all.withLock { $0[id] = self }
        scheduler.onHeld.set { [unowned self] pid, nanoseconds in
            let report = HeldWorkerReport(pid: pid, handler: handlerName(of: pid), for: nanoseconds)
            // Elsewhere: whoever is told may wait, for the log for instance, and no timer is to wait for that.
            if !BlockingPool.shared.submit({ [unowned self] in self.report(.heldWorker(report)) }) {
                self.report(.heldWorker(report))
            }
        }
        scheduler.start()
    }

    /// How many workers a node has unless told otherwise: the processors that this program may use, by affinity and
    /// by the container's quota. The environment variable `OTP_WORKERS` overrides it.
    public static var defaultWorkers: Int {
        if let text = Environment["OTP_WORKERS"], let count = Int(text), count > 0 { return count }
        return Int(otp_available_processors())
    }

    /// How many workers this node has.
    public var workerCount: Int { scheduler.workerCount }

    /// Whether there has been any process yet.
    var hasBegun: Bool { numbers.now > 0 }

    /// Greater than that of every process started so far: who is started again by a supervisor is told by it from what he was.
    @usableFromInline func nextPID() -> PID { PID(node: id, number: numbers.next()) }

    /// For one that nobody starts again, without a count that all workers share.
    func nextSpawnedPID() -> PID {
        guard let worker = Worker.current(of: schedulerRef), worker.pointee.role == .thread else { return nextPID() }
        return PID(node: id, number: worker.pointee.processNumbers.next(of: numbers))
    }

    /// For a caller that is no process. Of a node without threads as for any process, so that a run can be played again.
    func nextCallerPID() -> PID {
        scheduler.isSeeded ? nextPID() : PID(node: id, number: callerNumbers.next(of: numbers))
    }

    // MARK: processes

    @usableFromInline func began(_ cell: ProcessCell) { began(held: .passRetained(cell)) }

    /// From now on the process is found by its PID. Takes over the reference, which is the table's; somebody else holds another.
    func began(held cell: Unmanaged<ProcessCell>) {
        table.insert(held: cell)
        cell._withUnsafeGuaranteedRef { if $0.origin?.clan?.refuses(on: self) == true { $0.kill() } }
    }

    func ended(_ cell: ProcessCell) { table.remove(cell.pid) }

    func zombieBegan(_ cell: ProcessCell) {
        zombies.withLock { $0[cell.pid] = cell }
    }

    func zombieEnded(_ cell: ProcessCell) {
        zombies.withLock { _ = $0.removeValue(forKey: cell.pid) }
    }

    func zombie(_ pid: PID) -> ProcessCell? { zombies.withLock { $0[pid] } }
    var zombieCells: [ProcessCell] { zombies.withLock { Array($0.values) } }

    /// The processes that were killed while their code ran and whose code has not returned yet.
    public var zombiePIDs: [PID] { zombies.withLock { Array($0.keys) }.sorted() }

    /// How many processes live. Erlang: `erlang:system_info(process_count)`.
    public var processCount: Int { table.count }

    /// The processes that are alive, in the order of their PIDs. Erlang: `processes/0`.
    public var processes: [PID] { table.all.filter(\.isAlive).map(\.pid) }

    /// Whether the process lives. Erlang: `is_process_alive/1`.
    public func isAlive(_ pid: PID) -> Bool { table[pid]?.isAlive == true }

    static func of(_ pid: PID) -> Node? {
        Node.all.withLock { $0[pid.node] }
    }

    private func handlerName(of pid: PID) -> String? { table[pid]?.kindName }

    /// Monotonic time of this node. Erlang: `erlang:monotonic_time/0`.
    public var now: Duration { .nanoseconds(Int64(clamping: scheduler.timers.now)) }

    /// A `terminate` has suspended: it is killed when its time limit is over.
    func limitTermination(of pid: PID) {
        guard let cell = table[pid], let limit = cell.terminateLimit else { return }
        Timers.run(after: limit, on: self) { [weak cell] in
            if let cell, !cell.has(ProcessCell.Control.released) { cell.kill() }
        }
    }

    // MARK: reports

    /// Called with each report, beside the log. Replaces the previous function; nil removes it. A crash that nobody listened
    /// for when the process ended, and that the log would not have printed, is not told of later.
    public func onReport(_ body: (@Sendable (RuntimeReport) -> Void)?) { reports.tell(body) }

    package func report(_ report: RuntimeReport) { reports.send(report) }

    /// How long a handler may hold a worker before a thread is added that stands in for it; 10 milliseconds unless set, zero
    /// or less for never. It is looked at every 4 milliseconds. Longer where so many threads cost more than the wait, or where
    /// a run is to be counted and not to depend on the clock. What the held worker would run next the other workers take
    /// after 10 milliseconds whatever is set here; on a node whose workers are all held nothing else runs until then.
    public var heldWorkerSubstitution: Duration {
        get { Deadline.duration(scheduler.substituteAfter.load(ordering: .relaxed)) }
        set { scheduler.substituteAfter.store(Deadline.nanoseconds(newValue), ordering: .relaxed) }
    }

    /// How long a handler may hold a worker before that is reported; a tenth of a second unless set, zero for never. Another
    /// worker stands in when ``heldWorkerSubstitution`` says, mostly much earlier. Less than 10 milliseconds counts as that.
    public var heldWorkerThreshold: Duration {
        get { Deadline.duration(scheduler.reportHeldAfter.load(ordering: .relaxed)) }
        set { scheduler.reportHeldAfter.store(Deadline.nanoseconds(newValue), ordering: .relaxed) }
    }

    // MARK: shutdown

    /// Stops the applications of the node, the last one first, as ``Applications/shutdown(within:)`` does; then ends every
    /// process that is left with reason `shutdown`: first those that nobody started linked or monitored, or
    /// whose starter has ended, then those that these leave behind, and so on, so that a tree ends in its own order. A server that traps
    /// exits has its `terminate` called. Erlang: `init:stop/0`.
    ///
    /// Who lives after `deadline` is killed; an application that still stops when nine tenths of that time are over is killed then,
    /// so that there is time for the others.
    ///
    /// A caller who is cancelled stops the applications in order all the same, and then kills whoever is left. A process of an
    /// application, which would wait for its own end, uses ``Applications/beginShutdown(within:)``.
    ///
    /// What is started on it afterwards ends at once, unless it is the default node, which goes on.
    ///
    /// - Returns: Who had to be killed after the applications had been stopped.
    @discardableResult public func shutdown(deadline: Duration = .seconds(5)) async -> [PID] {
        let end = Deadline.after(deadline, from: clockNow)
        if let first = endsFirst.get() { await first(deadline * 9 / 10) }
        let killed = await endProcesses(until: end)
        if self === Node.default { return killed }
        scheduler.stop()
        // Whoever was started meanwhile will never run: nobody is to wait for it.
        for cell in table.all { cell.kill() }
        return killed
    }

    private func endProcesses(until end: UInt64) async -> [PID] {
        let watch = EndWatch()
        var asked = Set<PID>()
        while true {
            let cells = table.all.filter(\.isAlive)
            if cells.isEmpty { return [] }
            let living = Set(cells.map(\.pid))
            for cell in cells where !asked.contains(cell.pid) && cell.origin?.master.map(living.contains) != true {
                asked.insert(cell.pid)
                _ = watch.add(cell)
                cell.askToEnd(.shutdown)
            }
            let now = clockNow
            if now >= end || Task.isCancelled { break }
            // One that does not end keeps nobody else waiting.
            let left = Deadline.duration(end &- now)
            _ = await watch.wait(timeout: min(left, .milliseconds(20)), node: self)
        }
        let late = table.all.filter(\.isAlive)
        for cell in late { cell.kill() }
        return late.map(\.pid)
    }
}
