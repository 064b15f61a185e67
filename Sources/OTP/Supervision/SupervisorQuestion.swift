/// One request to a supervisor. It has been asked when this is made, and may have been answered then: what suspends nobody
/// costs a third.
// @unchecked because it is used by the one who asks, and by nobody else.
@usableFromInline final class SupervisorQuestion: @unchecked Sendable {
    private let server: ServerRef<SupervisorBehavior>
    private let slot: CallSlot
    private let delivery: CallDelivery
    private let request: SupervisionRequest

    /// - Throws: ``CallError`` `.noProcess` if it does not run.
    init(
        _ request: SupervisionRequest, to server: ServerRef<SupervisorBehavior>?, _ address: some SupervisorAddress
    ) throws {
        guard let server else { throw Self.noProcess(address) }
        self.server = server
        self.request = request
        slot = try CallStart.begin(server.cell) { Self.text(request, server) }
        delivery = ServerRef<SupervisorBehavior>.deliver({ .request(request, $0) }, slot, server)
    }

    /// A request that has been made already.
    private init(
        _ request: SupervisionRequest, to server: ServerRef<SupervisorBehavior>, _ slot: CallSlot,
        _ delivery: CallDelivery
    ) {
        self.server = server
        self.request = request
        self.slot = slot
        self.delivery = delivery
    }

    private static func noProcess(_ address: some SupervisorAddress) -> CallError {
        CallError(.noProcess, call: "supervisor \(address.description)")
    }

    private static func text(_ request: SupervisionRequest, _ server: ServerRef<SupervisorBehavior>) -> String {
        let call = SupervisorBehavior.Call.request(request, Reply<SupervisionAnswer>(detached: ()))
        return "\(server.addressDescription) \(call)"
    }

    // MARK: what may be done at once

    /// A child that is to start: perhaps it has.
    @usableFromInline enum Start {
        /// Its process; nil if its `init` declined.
        case process(ProcessCell?)
        case asked(SupervisorQuestion)
    }

    /// Starts a child, or asks for it.
    ///
    /// - Parameter autoShutdown: Of the supervisor that is meant, if that is known: a specification that it would refuse is
    ///   refused also where it does not run.
    static func start(
        _ spec: ChildSpec, at server: ServerRef<SupervisorBehavior>?, _ address: some SupervisorAddress,
        under autoShutdown: Supervisor.AutoShutdown? = nil
    ) throws -> Start {
        guard let server else {
            try spec.validate(under: autoShutdown)
            throw noProcess(address)
        }
        switch try server.supervisor.startAtOnce(spec) {
        case .process(let cell): return .process(cell)
        case .answer(let answer): return .process(try process(answer))
        case .asked(let slot, let delivery):
            return .asked(SupervisorQuestion(.startChild(spec), to: server, slot, delivery))
        case .notNow, .done: return .asked(try SupervisorQuestion(.startChild(spec), to: server, address))
        }
    }

    /// Ends a child that is this process, or asks for it: nil if it is gone.
    static func terminate(
        _ pid: PID, at server: ServerRef<SupervisorBehavior>?, _ address: some SupervisorAddress
    ) throws -> SupervisorQuestion? {
        guard let server else { throw noProcess(address) }
        if case .done = server.supervisor.terminateAtOnce(pid) { return nil }
        return try SupervisorQuestion(.terminateChild(.process(pid)), to: server, address)
    }

    // MARK: what has been asked

    @usableFromInline var isAnswered: Bool { slot.isReady }

    /// Waits until it has been answered, or never will be.
    @usableFromInline nonisolated(nonsending) func wait() async {
        let cell = Unmanaged<ProcessCell>.passUnretained(server.cell)
        if let waiter = CallStart.waiter(slot, delivery, cell, .unlimited) {
            await waiter.hub.suspend()
            CallWait.end(waiter, slot, cell)
        } else {
            _ = await CallStart.finish(slot, delivery, server.cell, .unlimited)
        }
        // Its cell is in use until here.
        withExtendedLifetime(self) {}
    }

    /// Waits for the answer, if there is none yet.
    ///
    /// - Throws: As ``answer()``.
    nonisolated(nonsending) func settled() async throws -> SupervisionAnswer {
        if !isAnswered { await wait() }
        return try answer()
    }

    /// The answer, once there is one.
    ///
    /// - Throws: ``SupervisorError`` when the supervisor refuses, ``CallError`` when there is none any more.
    func answer() throws -> SupervisionAnswer {
        guard let answer = slot.takeValue(as: SupervisionAnswer.self) else {
            throw CallStart.failure(slot, server.cell) { Self.text(request, server) }
        }
        slot.recycle()
        if case .failure(let error) = answer { throw error }
        return answer
    }

    /// The process that has been started; nil if its `init` declined.
    @usableFromInline func process() throws -> ProcessCell? { try Self.process(answer()) }

    private static func process(_ answer: SupervisionAnswer) throws -> ProcessCell? {
        switch answer {
        case .process(let cell), .told(let cell, _): cell
        case .pid(let pid?): Node.cell(pid)
        case .failure(let error): throw error
        default: nil
        }
    }

    /// It has been done.
    @usableFromInline func done() throws { _ = try answer() }
}

extension SupervisorName {
    /// Starts a child, or asks for it.
    @usableFromInline func start(
        _ spec: ChildSpec, under autoShutdown: Supervisor.AutoShutdown
    ) throws -> SupervisorQuestion.Start {
        try SupervisorQuestion.start(spec, at: server.whereIs(), self, under: autoShutdown)
    }

    /// Ends a child, or asks for it: nil if it is gone.
    @usableFromInline func terminate(_ pid: PID) throws -> SupervisorQuestion? {
        try SupervisorQuestion.terminate(pid, at: server.whereIs(), self)
    }
}
