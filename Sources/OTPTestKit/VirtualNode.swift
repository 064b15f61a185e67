public import OTP
internal import Synchronization

/// A node for tests: one worker without a thread, a clock that stands still, and an order that follows from a seed.
///
/// Whoever calls a method of it drives it: that thread runs the processes, one at a time, until nothing is left to do.
/// The same seed and program give the same run, step by step. Time passes in jumps: when nothing can run, the clock
/// goes to the next deadline at once, so that an hour costs nothing and no result depends on the machine.
///
/// ```swift
/// @Test func aSessionEnds() throws {
///     let virtual = VirtualNode(seed: 1)
///     let end = try virtual.run(receiving: Message.self) { me in
///         let session = try await Session.start { Session() }
///         me.monitor(session) { .down($0) }
///         _ = try await me.receive()
///         return me.node.now
///     }
///     #expect(end == .seconds(31))     // the clock begins at one second
/// }
/// ```
///
/// What a scenario waits for has to come from the node itself: its processes, its timers, tasks that `perform` or a
/// process started as child tasks. `Task.sleep` goes by the clock of the machine; `me.sleep(for:)` is the one to use.
/// One thread drives at a time; a scenario cannot drive its own node.
public final class VirtualNode: Sendable {
    /// The node itself: to spawn on, to look at, to make current by `with`.
    ///
    /// Its reports are not logged unless it is given a logger; `node.onReport` gets them in any case.
    public let node: Node
    /// From which the order of the run follows.
    public let seed: UInt64
    private let isDriven = Atomic<Bool>(false)

    /// How long a scenario may take on the virtual clock unless told otherwise.
    public static var defaultLimit: Duration { .seconds(86_400) }

    /// A node on which nothing happens until one of the methods is called.
    public init(seed: UInt64 = 0, name: String = "virtual") {
        self.seed = seed
        node = Node(name: name, seed: seed)
        node.silence()
    }

    /// The virtual clock. Begins at one second.
    public var now: Duration { node.now }

    // MARK: driving

    /// Runs a scenario as a process of the node, and the node until the scenario has ended.
    ///
    /// - Parameters:
    ///   - limit: How far the virtual clock may go meanwhile.
    ///   - scenario: The body of the process.
    /// - Returns: What the scenario returned. Processes that it left behind stay as they are; see `shutdown`.
    /// - Throws: What the scenario threw; ``Exit`` if a signal ended it; ``VirtualNodeError``.
    public func run<Message: Sendable, Value: Sendable>(
        receiving type: Message.Type, within limit: Duration = VirtualNode.defaultLimit,
        _ scenario: @escaping @Sendable (PlainProcess<Message>) async throws -> Value
    ) throws -> Value {
        let outcome = Outcome<Value>()
        let process = node.spawn(receiving: type) { me in
            do { outcome.set(.success(try await scenario(me))) } catch {
                outcome.set(.failure(error))
                throw error
            }
        }
        try drive(within: limit) { !process.isAlive }
        guard let result = outcome.value else { throw Exit(.killed) }
        return try result.get()
    }

    /// Runs a scenario that receives no messages.
    ///
    /// - Throws: What the scenario threw; ``Exit`` if a signal ended it; ``VirtualNodeError``.
    public func run<Value: Sendable>(
        within limit: Duration = VirtualNode.defaultLimit,
        _ scenario: @escaping @Sendable (PlainProcess<Never>) async throws -> Value
    ) throws -> Value {
        try run(receiving: Never.self, within: limit, scenario)
    }

    /// Runs code from outside any process, such as calls by an ordinary task, and the node until that code has ended.
    ///
    /// The code runs on the node's worker, in a task whose current node this is; its child tasks do as well.
    /// - Throws: What the code threw; ``VirtualNodeError``.
    public func perform<Value: Sendable>(
        within limit: Duration = VirtualNode.defaultLimit, _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let outcome = Outcome<Value>()
        let task = node.startTask {
            do { outcome.set(.success(try await body())) } catch { outcome.set(.failure(error)) }
        }
        do { try drive(within: limit) { outcome.value != nil } } catch {
            task.cancel()
            throw error
        }
        return try outcome.value!.get()
    }

    /// Runs what can run at this moment; the clock stands still.
    ///
    /// - Throws: ``VirtualNodeError`` `.alreadyDriven`.
    public func runUntilIdle() throws {
        try driving { node.drainVirtual() }
    }

    /// Lets `duration` pass: everything that is due meanwhile happens, in order of time.
    ///
    /// - Throws: ``VirtualNodeError`` `.alreadyDriven`.
    public func advance(by duration: Duration) throws {
        try driving {
            let end = node.now + max(duration, .zero)
            repeat { node.drainVirtual() } while node.advanceVirtual(to: end)
            node.drainVirtual()
        }
    }

    /// Kills every process that is left and lets them go.
    ///
    /// - Throws: ``VirtualNodeError`` `.alreadyDriven`.
    public func shutdown() throws {
        try driving {
            for pid in node.processes { node.sendExit(.kill, to: pid) }
            node.drainVirtual()
        }
    }

    private func driving<R>(_ body: () throws -> R) throws -> R {
        if isDriven.exchange(true, ordering: .acquiring) { throw VirtualNodeError.alreadyDriven }
        defer { isDriven.store(false, ordering: .releasing) }
        return try body()
    }

    private func drive(within limit: Duration, until isDone: () -> Bool) throws {
        try driving {
            let end = node.now + max(limit, .zero)
            while true {
                node.drainVirtual()
                if isDone() { return }
                if node.advanceVirtual(to: end) { continue }
                if node.nextVirtualDeadline != nil { throw VirtualNodeError.overdue(limit) }
                throw VirtualNodeError.stuck(waiting: node.processes)
            }
        }
    }
}

/// Why a virtual node could not bring a scenario to its end.
public enum VirtualNodeError: Error, CustomStringConvertible {
    /// Nothing can run and no timer is set: the scenario waits for something that never comes, or for something
    /// outside the node. The processes that are left.
    case stuck(waiting: [PID])
    /// The scenario had not ended when the virtual clock had gone this far.
    case overdue(Duration)
    /// Another thread drives the node, or the caller is part of what it runs.
    case alreadyDriven

    public var description: String {
        switch self {
        case .stuck(let pids):
            "nothing can run and no timer is set; alive: \(pids.map(\.description).joined(separator: ", "))"
        case .overdue(let limit): "the scenario had not ended after \(limit) of the virtual clock"
        case .alreadyDriven: "the virtual node is being driven already"
        }
    }
}

/// What a scenario came to.
private final class Outcome<Value: Sendable>: Sendable {
    private let box = Mutex<Result<Value, any Error>?>(nil)
    func set(_ result: Result<Value, any Error>) { box.withLock { $0 = result } }
    var value: Result<Value, any Error>? { box.withLock { $0 } }
}
