import OTP

/// A machine that does what its events tell it, and notes what happened in which state.
struct Told: GenStateMachine {
    enum State: Hashable, Sendable { case idle, busy, done, number(Int) }
    typealias Act = @Sendable (inout Told, State) throws -> MachineTransition<Told>

    /// An event: how it is noted, and what becomes of it.
    struct Order: Sendable, CustomStringConvertible {
        let description: String
        let act: Act

        init(_ name: String, _ act: @escaping Act = { _, _ in .keep }) {
            description = name
            self.act = act
        }
    }

    enum Call: Sendable {
        case ask(String, Reply<String>, @Sendable (inout Told, State, Reply<String>) throws -> MachineTransition<Told>)
        /// Answered with the state.
        case state(Reply<State>)
        /// Answered after a while, by a named timeout that carries the reply's number.
        case later(Duration, Reply<String>)
        case wait(Latch, Reply<String>)
        case drop(Reply<String>)
    }
    enum Cast: Sendable { case tell(Order) }
    enum Info: Sendable {
        case tell(Order)
        case exit(ExitMessage)
    }
    enum Internal: Sendable { case tell(Order) }
    enum Timeout: Hashable, Sendable {
        case say(String)
        case answer(Int)
    }
    enum TimerName: Hashable, Sendable { case one, two, answer(Int) }

    var initialState = State.idle
    let journal: SceneLog
    var first: [MachineAction<Told>] = []
    /// What a timeout leads to; without it nothing.
    var onTimeout: @Sendable (State, Timeout) -> MachineTransition<Told> = { _, _ in .keep }
    /// Notes enter calls, and answers them.
    var onEnter: (@Sendable (inout Told, State, State) throws -> MachineEntry<Told>)?
    var throwsInTerminate: (any Error)?
    var secret: String?
    var count = 0
    var kept: [Reply<String>] = []
    private var later: [Int: Reply<String>] = [:]

    init(
        _ journal: SceneLog, in state: State = .idle, first: [MachineAction<Told>] = [],
        onTimeout: @escaping @Sendable (State, Timeout) -> MachineTransition<Told> = { _, _ in .keep },
        onEnter: (@Sendable (inout Told, State, State) throws -> MachineEntry<Told>)? = nil,
        throwsInTerminate: (any Error)? = nil, secret: String? = nil
    ) {
        self.journal = journal
        initialState = state
        self.first = first
        self.onTimeout = onTimeout
        self.onEnter = onEnter
        self.throwsInTerminate = throwsInTerminate
        self.secret = secret
    }

    mutating func handleStart(_ me: Me) -> [StateAction] { first }

    mutating func handleEvent(_ event: StateEvent, in state: State, _ me: Me) async throws -> Transition {
        switch event {
        case .call(.ask(let name, let reply, let act)):
            journal.note("\(state): call \(name)")
            return try act(&self, state, reply)
        case .call(.state(let reply)): return reply(state)
        case .call(.later(let delay, let reply)):
            count += 1
            later[count] = reply
            return .keep(.timeout(delay, .answer(count), name: .answer(count)))
        case .call(.wait(let latch, let reply)):
            await latch.wait()
            return reply("waited")
        case .call(.drop): return .keep
        case .cast(.tell(let order)):
            journal.note("\(state): cast \(order)")
            return try order.act(&self, state)
        case .info(.tell(let order)):
            journal.note("\(state): info \(order)")
            return try order.act(&self, state)
        case .info(.exit(let exit)):
            journal.note("\(state): exit (\(exit.reason))")
            return .keep
        case .internal(.tell(let order)):
            journal.note("\(state): internal \(order)")
            return try order.act(&self, state)
        case .timeout(.answer(let number)):
            guard let reply = later.removeValue(forKey: number) else { return .keep }
            return reply("later")
        case .timeout(.say(let text)):
            journal.note("\(state): timeout \(text)")
            return onTimeout(state, .say(text))
        }
    }

    mutating func handleEnter(_ state: State, from old: State, _ me: Me) throws -> StateEntry {
        guard let onEnter else { return .stay }
        journal.note("enter \(state) from \(old)")
        return try onEnter(&self, state, old)
    }

    mutating func terminate(reason: ExitReason, in state: State, _ me: Me) throws {
        journal.note("terminate (\(reason)) in \(state)")
        if let throwsInTerminate { throw throwsInTerminate }
    }

    func formatStatus(_ status: inout MachineStatus, in state: State) throws {
        status.data = "count \(count)"
        guard let secret else { return }
        status.state = "hidden"
        status.data = status.data.replacing(secret, with: "***")
        status.queue = status.queue.map { $0.replacing(secret, with: "***") }
        status.postponed = status.postponed.map { $0.replacing(secret, with: "***") }
        for index in status.timeouts.indices {
            status.timeouts[index].content = status.timeouts[index].content.replacing(secret, with: "***")
        }
        if status.reason != nil { status.reason = .error(Broken("***")) }
    }

    static func formatEvent(_ event: SystemEvent) -> SystemEvent {
        var event = event
        event.text = event.text.replacing("s3cret", with: "***")
        return event
    }
}

extension ServerAddress<Told> {
    func tell(_ name: String, _ act: @escaping Told.Act = { _, _ in .keep }) { cast(.tell(.init(name, act))) }

    nonisolated(nonsending) func ask(
        _ name: String, timeout: Duration = .seconds(5),
        _ act: @escaping @Sendable (inout Told, Told.State, Reply<String>) throws -> MachineTransition<Told> = {
            $2("\($1)")
        }
    ) async throws -> String {
        try await call(timeout: timeout) { .ask(name, $0, act) }
    }

    nonisolated(nonsending) func state() async throws -> Told.State { try await call { .state($0) } }
}

extension MachineAction<Told> {
    static func insert(_ name: String, _ act: @escaping Told.Act = { _, _ in .keep }) -> Self {
        .insert(.tell(Told.Order(name, act)))
    }
}
