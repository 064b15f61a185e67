/// Starts processes whose starter waits until they say that they are ready.
enum SpecialStart {
    /// How the starter is tied to the new process.
    struct Ties {
        var isLinked = false
        /// Called with the new process before it begins.
        var before: (ProcessCell) -> Void = { _ in }
    }

    nonisolated(nonsending) static func plain<Message: Sendable, Value: Sendable>(
        _ name: ServerName<PlainBehavior<Message>>?, _ timeout: Duration?, options: SpawnOptions,
        parent: ProcessCell?, _ ties: Ties,
        _ body: @escaping @Sendable (PlainProcess<Message>, StartAcknowledgement<Value>) async throws -> Void
    ) async throws(StartError) -> (process: ProcessRef<Message>, value: Value) {
        if let parent, parent.has(ProcessCell.Control.dead) { throw StartError(.killed, what: "process") }
        if let problem = name?.problem { throw StartError(.badName(problem.description), what: "process") }
        let node = parent?.node ?? Node.current
        let begun = timeout == nil ? 0 : node.clockNow
        while true {
            let handshake = StartHandshake()
            handshake.isSpecial = true
            let started = StartAcknowledgement<Value>(handshake)
            let cell = node.makePlain(
                Message.self, options: SpawnOptions(mailbox: options.mailbox, debug: options.debug), parent: parent
            ) { me in
                do { try await body(me, started) } catch let signal as StartSignal {
                    if started.isGiven { throw signal }
                    me.context.cell.note(.ignored, handshake)
                }
            }
            if let name, let holder = name.claim(for: cell) {
                cell.declareDead(.normal)
                node.launch(cell)
                handshake.slot.recycle()
                if holder === cell { throw StartError(.badName(name.refusal.description), what: "process") }
                try await ServerStart.waitForEnd(of: holder, timeout, since: begun, "process")
                continue
            }
            if ties.isLinked, let parent {
                _ = parent.link(to: cell)
                handshake.isLinked = true
            }
            ties.before(cell)
            node.launch(cell)
            let left = ServerStart.remaining(timeout, since: begun, node)
            try await handshake.wait(for: cell, timeout: left)
            return (ProcessRef(server: cell.ref), started.value.get()!)
        }
    }
}
