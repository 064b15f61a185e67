import DrillLog

/// Whether everybody was answered, and whether what they were told may be.
extension Judge {
    func answerFindings() -> [Verdict.Finding] {
        var findings: [Verdict.Finding] = []
        for request in requests where isPolite(request.client) {
            let waited = (request.decidedAt ?? request.lastNote) - request.askedAt
            if request.insists, waited > limits.longestUnanswered || request.decidedAt == nil {
                findings.append(.init(.unanswered, "\(request.name), \(request.operation): \(Int(waited)) ms"))
            }
            if request.operation == "reuse", request.wasAcknowledged {
                findings.append(.init(.reusedKey, "\(request.name): key \(request.key ?? "") taken for another order"))
            }
            if request.answers.contains(where: { Told.code($0.body) == "database_locked" }) {
                findings.append(.init(.databaseLocked, request.name))
            }
        }
        return findings + refusedFindings() + heldFindings()
    }

    /// A cart is held for an order until that is decided, and no longer. Clients have carts of their own and do one
    /// thing at a time: none of them may find a cart held.
    private func heldFindings() -> [Verdict.Finding] {
        requests.filter { request in
            isPolite(request.client) && request.answers.contains { Told.code($0.body) == "being_ordered" }
        }.map { .init(.halfWay, "\($0.name): a cart is still held for an order that was decided") }
    }

    private func refusedFindings() -> [Verdict.Finding] {
        let answers = requests.lazy.filter { isPolite($0.client) }.flatMap(\.answers)
        let refused = answers.count { $0.status == 429 }
        let all = answers.count { _ in true }
        guard Double(refused) > Double(all) * limits.largestShareRefused else { return [] }
        return [.init(.politeRefused, "\(refused) of \(all) answers to polite clients were 429")]
    }

    /// Whatever became of its sources, a page comes in bounded time and says what it lacks; a source that fails costs
    /// its own part.
    func profileFindings() -> [Verdict.Finding] {
        var findings: [Verdict.Finding] = []
        for request in requests where request.operation == "profile" {
            for answer in request.answers where answer.status == 200 {
                guard let profile = Told.profile(answer.body) else {
                    findings.append(.init(.brokenProfile, "\(request.name): no profile"))
                    continue
                }
                if !profile.muddled.isEmpty {
                    let parts = profile.muddled.joined(separator: ", ")
                    findings.append(.init(.brokenProfile, "\(request.name): \(parts) neither there nor missing"))
                }
                // What comes too late may be the machine's fault.
                for (part, why) in profile.missing.sorted(by: { $0.key < $1.key }) where why == "failed" {
                    guard
                        !windows.isAnyOpen(
                            from: answer.at - answer.took, to: answer.at,
                            where: { $0.touches(Reach.part(part), of: request.client) })
                    else { continue }
                    findings.append(
                        .init(.failedWithoutFault, "\(request.name): its \(part) failed, at \(Int(answer.at)) ms"))
                }
                if answer.took > limits.longestProfile {
                    findings.append(.init(.brokenProfile, "\(request.name): took \(Int(answer.took)) ms"))
                }
            }
        }
        return findings
    }
}
