import OTP

/// A worker that is a server.
struct StormServer: GenServer {
    enum Call: Sendable { case ask(Int, Deed.Plan, [Deed], Reply<Int>) }
    typealias Info = StormInfo

    private let actor: StormActor<StormServer>

    init(_ id: Int, _ world: StormWorld) { actor = StormActor(id: id, world: world) }

    mutating func handleCall(_ call: Call, _ me: Me) async throws -> Next {
        switch call {
        case .ask(let c, let plan, let orders, let reply): try await actor.see(call: c, plan, orders, reply, me)
        }
        return .receive
    }

    mutating func handleInfo(_ info: StormInfo, _ me: Me) async throws -> Next {
        try await actor.see(info, me)
        return .receive
    }

    /// Starts one. Nil if it did not come to life.
    nonisolated(nonsending) static func begin<B>(
        _ id: Int, _ world: StormWorld, _ me: ProcessContext<B>, _ isLinked: Bool,
        _ down: (@Sendable (DownMessage) -> StormInfo)?
    ) async throws -> (StormWorld.Handle, MonitorRef?)? where B.Info == StormInfo {
        do throws(StartError) {
            var ref: MonitorRef?
            let server: ServerRef<StormServer>
            if let down {
                (server, ref) = try await startMonitor(me, down: down) { _ in StormServer(id, world) }
            } else if isLinked {
                server = try await startLink(me) { _ in StormServer(id, world) }
            } else {
                server = try await start { _ in StormServer(id, world) }
            }
            return (StormWorld.Handle(id: id, pid: server.pid, server: server, send: { server.send($0) }), ref)
        } catch {
            return nil
        }
    }
}

/// A worker that is nothing but a function.
enum PlainWorker {
    static func begin<B>(
        _ id: Int, _ world: StormWorld, _ me: ProcessContext<B>, _ isLinked: Bool,
        _ down: (@Sendable (DownMessage) -> StormInfo)?
    ) -> (StormWorld.Handle, MonitorRef?)? where B.Info == StormInfo {
        let body: @Sendable (PlainProcess<StormInfo>) async throws -> Void = { me in
            let actor = StormActor<PlainBehavior<StormInfo>>(id: id, world: world)
            while true { try await actor.see(try await me.receive(), me.context) }
        }
        var ref: MonitorRef?
        let process: ProcessRef<StormInfo>
        if let down {
            (process, ref) = me.spawnMonitor(receiving: StormInfo.self, down, body: body)
        } else if isLinked {
            process = me.spawnLink(receiving: StormInfo.self, body)
        } else {
            process = me.node.spawn(receiving: StormInfo.self, body)
        }
        return (StormWorld.Handle(id: id, pid: process.pid, server: nil, send: { process.send($0) }), ref)
    }
}

/// A handler that waits for something that never comes, until its process is asked to end.
enum Hang {
    private enum State {
        case waiting(CheckedContinuation<Void, Never>)
        case before, cancelled
    }

    nonisolated(nonsending) static func untilCancelled() async {
        let state = Locked(State.before)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if case .cancelled = state { return true }
                    state = .waiting(continuation)
                    return false
                }
                if isCancelled { continuation.resume() }
            }
        } onCancel: {
            let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
                defer { state = .cancelled }
                if case .waiting(let continuation) = state { return continuation }
                return nil
            }
            waiting?.resume()
        }
    }
}
