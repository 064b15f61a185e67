import DrillLog

extension Judge {
    /// Who is told that an order is placed finds it in the audit trail, and that speaks of nothing that is not in the
    /// books: whatever becomes of other handlers.
    func eventFindings() -> [Verdict.Finding] {
        var findings: [Verdict.Finding] = []
        if let lost = evidence.run.eventsLost, lost != 0 {
            findings.append(.init(.lostEvent, "\(lost) order events did not come to the audit trail"))
        }
        guard let audit = evidence.audit else { return findings }
        let written = Set(audit)
        let booked = Set(evidence.books.rows.map { AuditLine(order: $0.id, key: $0.key, total: $0.total) })
        for line in written.subtracting(booked).sorted(by: { $0.order < $1.order }) {
            findings.append(.init(.falseAudit, "order \(line.order), key \(line.key): not in the books so"))
        }
        let acknowledged = Set(
            requests.filter { $0.operation == "order" && $0.wasAcknowledged }.compactMap(\.key))
        let audited = Set(written.map(\.key))
        for key in acknowledged.subtracting(audited).sorted() {
            findings.append(.init(.unauditedOrder, "key \(key) is acknowledged and not in the audit trail"))
        }
        return findings
    }
}
