extension ProcessContext {
    /// A context with no process behind it: whatever is asked of it is noted by `recorder` and has no effect.
    package init(recordingTo recorder: any ContextRecorder, node: Node) {
        self.init(
            BehaviorCell<B>(node: .passUnretained(node), stride: B.slotStride, origin: nil, limits: nil) { held, _ in
                SliceOutcome(.idle, held)
            })
        cell.recorder = recorder
    }
}

extension NextStep {
    /// Sends the final reply of a stop, as the loop does after `terminate`.
    package func sendFinalReply() { finalReply?() }
}

extension MachineTransition {
    /// Gives the answers among the actions, as the loop does when the transition is accepted.
    package func sendReplies() {
        for action in actions {
            if case .reply(let reply) = action.kind { reply.send() }
        }
    }
}
