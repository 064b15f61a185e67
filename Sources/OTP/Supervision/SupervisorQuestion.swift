/// One request to a supervisor. It has been asked when this is made, and may have been answered then: what suspends nobody
/// costs a third.
@usableFromInline struct SupervisorQuestion {
    private let server: ServerRef<SupervisorBehavior>
    private let slot: CallSlot
    private let delivery: CallDelivery
    private let request: SupervisionRequest

    init(
        _ request: SupervisionRequest, to server: ServerRef<SupervisorBehavior>?, _ address: some SupervisorAddress
    ) throws {
        guard let server else { throw CallError(.noProcess, call: "supervisor \(address.description)") }
        self.server = server
        self.request = request
        slot = try CallStart.begin(server.cell) { Self.text(request, server) }
        delivery = ServerRef<SupervisorBehavior>.deliver({ .request(request, $0) }, slot, server)
    }

    private static func text(_ request: SupervisionRequest, _ server: ServerRef<SupervisorBehavior>) -> String {
        let call = SupervisorBehavior.Call.request(request, Reply<SupervisionAnswer>(detached: ()))
        return "\(server.addressDescription) \(call)"
    }

    @usableFromInline var isAnswered: Bool { slot.isReady }

    /// Waits until it has been answered, or never will be.
    @usableFromInline nonisolated(nonsending) func wait() async {
        let cell = Unmanaged<ProcessCell>.passUnretained(server.cell)
        if let waiter = CallStart.waiter(slot, delivery, cell, .unlimited) {
            await waiter.hub.suspend()
            CallWait.end(waiter, slot, cell)
        } else {
            await CallStart.finish(slot, delivery, server.cell, .unlimited)
        }
        // Its cell is in use until here.
        withExtendedLifetime(server) {}
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
    @usableFromInline func process() throws -> ProcessCell? {
        switch try answer() {
        case .process(let cell): cell
        case .pid(let pid?): Node.cell(pid)
        default: nil
        }
    }

    /// It has been done.
    @usableFromInline func done() throws { _ = try answer() }
}

extension SupervisorName {
    /// Asks for a child.
    @usableFromInline func askToStart(_ spec: ChildSpec) throws -> SupervisorQuestion {
        try SupervisorQuestion(.startChild(spec), to: server.whereIs(), self)
    }

    /// Asks for the end of a child.
    @usableFromInline func askToTerminate(_ pid: PID) throws -> SupervisorQuestion {
        try SupervisorQuestion(.terminateChild(.process(pid)), to: server.whereIs(), self)
    }
}
