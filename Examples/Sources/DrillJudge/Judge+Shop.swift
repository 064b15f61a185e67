import DrillLog

/// The shop's parts, its process, its memory.
extension Judge {
    func partFindings() -> [Verdict.Finding] {
        var findings: [Verdict.Finding] = []
        for fault in evidence.faults {
            let late = fault.recovery.map { $0 > limits.longestRecovery } ?? false
            guard fault.outcome == .notRecovered || late else { continue }
            findings.append(.init(.notRecovered, "fault \(fault.number): \(fault.kind) \(fault.role) \(fault.index)"))
        }
        if let lent = evidence.run.connectionsLent, lent != 0 {
            findings.append(.init(.leakedConnection, "\(lent) connections did not come back to their pool"))
        }
        if let end = evidence.run.shopEnd, end != "exit 0" {
            findings.append(.init(.shopEnd, "the shop ended with \(end)"))
        }
        return findings
    }

    /// Compares the beginning of the second half with its end. The plan leaves the process alone from half-time on.
    func memoryFindings() -> [Verdict.Finding] {
        let half = Double(evidence.run.seconds) * 500
        let end = Double(evidence.run.seconds) * 1_000
        guard let last = evidence.samples.last(where: { $0.at <= end && $0.memory != nil })?.process else { return [] }
        let samples = evidence.samples.filter { $0.process == last && (half...end).contains($0.at) }.compactMap(
            \.memory)
        // Fewer tell nothing about a trend.
        guard samples.count >= 12 else { return [] }
        let portion = samples.count / 4
        let early = Self.median(samples.prefix(portion))
        let late = Self.median(samples.suffix(portion))
        let growth = late - early
        guard growth > limits.smallestGrowth, Double(growth) > Double(early) * limits.largestGrowth else { return [] }
        return [.init(.memoryGrows, "from \(early >> 20) to \(late >> 20) MiB in the second half")]
    }

    private static func median(_ values: some Sequence<Int>) -> Int {
        let sorted = values.sorted()
        return sorted[sorted.count / 2]
    }

    /// Why the run proves too little, if it does.
    func thinness(_ figures: Figures) -> [String] {
        var thin: [String] = []
        if figures.ordersAcknowledged < limits.fewestOrders {
            thin.append("\(figures.ordersAcknowledged) orders acknowledged, \(limits.fewestOrders) needed")
        }
        for kind in evidence.run.faultKinds.sorted() {
            let done = figures.faults[kind]?.done ?? 0
            if done < limits.fewestFaultsOfAKind {
                thin.append("\(done) faults of kind \(kind), \(limits.fewestFaultsOfAKind) needed")
            }
        }
        let done = evidence.faults.count(where: \.isDone)
        let planned = evidence.run.planned
        if Double(planned - done) > Double(planned) * limits.largestShareSkipped {
            thin.append("\(planned - done) of \(planned) faults were not done")
        }
        if figures.quietShare < limits.smallestQuietShare {
            let percent = (figures.quietShare * 1_000).rounded() / 10
            thin.append("a fault was open for all but \(percent) % of the time: too much may be put down to faults")
        }
        return thin
    }
}
