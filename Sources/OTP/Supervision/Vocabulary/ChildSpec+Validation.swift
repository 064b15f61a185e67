extension ChildSpec {
    /// Throws what is wrong with this specification by itself or under a supervisor with this `autoShutdown`;
    /// nil skips the second check.
    func validate(under autoShutdown: Supervisor.AutoShutdown?) throws(SupervisorError) {
        if starting == nil { throw SupervisorError(.startForgotten, child: id) }
        if case .within(let limit) = shutdown, limit < .zero {
            throw SupervisorError(.invalidShutdown(limit), child: id)
        }
        if zombieGrace < .zero { throw SupervisorError(.invalidZombieGrace(zombieGrace), child: id) }
        if let fault = backoff?.fault { throw SupervisorError(.invalidBackoff(fault), child: id) }
        guard isSignificant else { return }
        if autoShutdown == .never { throw SupervisorError(.significantWithoutAutoShutdown, child: id) }
        if restart == .permanent { throw SupervisorError(.significantButPermanent, child: id) }
    }

    /// Checks each of `specs` by itself and that no two have the same id, as the start of a supervisor does.
    /// Erlang: `supervisor:check_childspecs/1,2`.
    ///
    /// - Parameter autoShutdown: That of the supervisor they are for; nil leaves out whether they may be significant.
    /// - Throws: ``SupervisorError``, which names the child and what was expected.
    public static func validate(_ specs: [ChildSpec], under autoShutdown: Supervisor.AutoShutdown? = nil)
        throws(SupervisorError)
    {
        var ids = Set<ChildID>(minimumCapacity: specs.count)
        for spec in specs {
            try spec.validate(under: autoShutdown)
            if !ids.insert(spec.id).inserted { throw SupervisorError(.duplicateChild, child: spec.id) }
        }
    }
}
