/// What became of a run.
public struct Verdict: Codable, Sendable {
    /// Something that must not happen did.
    public struct Finding: Codable, Hashable, Sendable, CustomStringConvertible {
        public enum Rule: String, Codable, CaseIterable, Sendable {
            case lostOrder = "lost-order"
            case doubledOrder = "doubled-order"
            case wrongOrder = "wrong-order"
            case strayOrder = "stray-order"
            case refusedOrder = "refused-order-in-books"
            case halfWay = "half-way"
            case reusedKey = "reused-key"
            case lostPayment = "lost-payment"
            case doubledPayment = "doubled-payment"
            case strayPayment = "stray-payment"
            case wrongPayment = "wrong-payment"
            case openPayment = "open-payment"
            case paymentSum = "payment-sum"
            case unanswered
            case failedWithoutFault = "failed-without-fault"
            case lostWithoutFault = "lost-without-fault"
            case politeRefused = "polite-clients-refused"
            case unauditedOrder = "unaudited-order"
            case falseAudit = "false-audit"
            case lostEvent = "lost-event"
            case brokenProfile = "broken-profile"
            case notRecovered = "not-recovered"
            case leakedConnection = "leaked-connection"
            case databaseLocked = "database-locked"
            case integrity
            case memoryGrows = "memory-grows"
            case shopEnd = "shop-end"
        }

        public let rule: Rule
        public let detail: String

        public init(_ rule: Rule, _ detail: String) {
            self.rule = rule
            self.detail = detail
        }

        public var description: String { "\(rule.rawValue): \(detail)" }
    }

    public let findings: [Finding]
    /// Why the run proves too little.
    public let thin: [String]
    public let figures: Figures
    public let timeline: Timeline

    public init(findings: [Finding], thin: [String], figures: Figures, timeline: Timeline) {
        self.findings = findings
        self.thin = thin
        self.figures = figures
        self.timeline = timeline
    }

    /// 1: something was lost or did not come back; 2: too thin to tell; 0: neither.
    public var exitCode: Int32 { findings.isEmpty ? (thin.isEmpty ? 0 : 2) : 1 }
}
