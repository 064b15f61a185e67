/// Starts an event manager as a child. Its process is made where the type of its events is known.
@usableFromInline struct EventManagerStarter<Event: Sendable>: ChildStarter {
    @usableFromInline typealias Server = EventManagerServer<Event>
    @usableFromInline typealias MakeCell = @Sendable (ServerBlueprint<Server>) -> ServerProcess<Server>

    let name: EventManagerName<Event>
    let options: ServerOptions
    let format: EventFormat<Event>?
    let makeCell: MakeCell

    var startTimeout: Duration? { options.timeout }

    func make(_ spec: ChildSpec, under supervisor: SupervisorCell, _ handshake: StartHandshake?) throws -> ProcessCell {
        if let problem = name.problem { throw StartError(.badName(problem.description), what: "\(Server.self)") }
        let cell = makeCell(
            ServerBlueprint(
                node: supervisor.nodeRef, origin: supervisor.ownLineage, options: options, handshake: handshake
            ) { [format] in Server($0, format) }
        ).cell
        cell.limitTerminate(by: spec.shutdown)
        try supervisor.adopt(cell, as: name)
        return cell
    }
}
