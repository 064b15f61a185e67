public import DrillLog

/// Decides from the evidence alone whether anything was lost. Knows neither the shop nor what it is built on.
public struct Judge: Sendable {
    let evidence: Evidence
    let requests: [Request]
    let windows: Windows

    public init(_ evidence: Evidence) { self.init(evidence, Request.all(in: evidence.clients)) }

    /// Reads a run's folder, a client at a time; throws when something in it is not what it should be.
    public init(folder: RunFolder) throws {
        var requests: [Request] = []
        try folder.forEachClient { requests += Request.ofOne($0) }
        self.init(
            Evidence(
                run: try folder.loadRun(), clients: [], faults: try folder.loadFaults(),
                samples: try folder.loadSamples(), books: try Books(database: folder.database),
                audit: try folder.loadAudit(), accounts: try Accounts(folder)),
            requests)
    }

    private init(_ evidence: Evidence, _ requests: [Request]) {
        self.evidence = evidence
        self.requests = requests
        windows = Windows(evidence.faults)
    }

    public func verdict() -> Verdict {
        let figures = Figures(evidence, requests, windows)
        let findings =
            partFindings() + orderFindings() + bookFindings() + answerFindings() + failureFindings()
            + profileFindings() + eventFindings() + paymentFindings() + memoryFindings()
        return Verdict(
            findings: findings, thin: thinness(figures), figures: figures,
            timeline: Timeline(evidence, requests, windows))
    }

    /// What the run is measured by.
    var limits: RunRecord.Limits { evidence.run.limits }

    /// Whether a client is one of those whose requests count as failed when they fail.
    func isPolite(_ client: Int) -> Bool { !evidence.run.offenders.contains(client) }
}
