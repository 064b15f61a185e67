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
            handshake?.problem = .ignored
            reason = .normal
        } else {
            handshake?.problem = .failed(reason)
        }
        if !has(Control.dead) {
            let report = crashReport(shown(reason), lastMessage: nil, state: nil)
            if let report { node.report(.crash(report)) }
            declareDead(reason)
        }
    }
}
