extension ProcessCell {
    /// The process has failed to begin: its starter is told why, others by a report, and it is dead.
    ///
    /// - Parameter shown: What may be shown of the reason.
    final func failStart(
        _ error: any Error, _ handshake: StartHandshake?, shown: (ExitReason) -> ExitReason = { $0 }
    ) {
        vacate()
        var reason = pendingReason ?? ExitReason(thrown: error)
        if error is StartSignal {
            note(.ignored, handshake)
            reason = .normal
        } else {
            note(.failed(reason), handshake)
        }
        if !has(Control.dead) {
            let report = crashReport(shown(reason), lastMessage: nil, state: nil)
            if let report { node.report(.crash(report)) }
            declareDead(reason)
        }
    }

    /// Notes why there will be no process, for its starter. Not if it has been killed: then that is why, and the starter may be
    /// on its way already.
    final func note(_ problem: StartError.Code, _ handshake: StartHandshake?) {
        guard let handshake else { return }
        guarding.withLock { if !has(Control.dead) { handshake.problem = problem } }
    }
}
