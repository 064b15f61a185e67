import DrillLog
import Foundation

/// The money.
extension Judge {
    func paymentFindings() -> [Verdict.Finding] {
        guard let accounts = evidence.accounts else { return [] }
        let told = requests.filter { Reach.payments.contains($0.operation) }.flatMap { request in
            request.answers.compactMap { PaymentAudit.Told(path: request.path, status: $0.status, body: $0.body) }
        }
        return PaymentAudit(accounts, told: told).findings
    }
}

extension Accounts {
    /// Of a run; nil if it had no bank.
    init?(_ folder: RunFolder) throws {
        guard FileManager.default.fileExists(atPath: folder.ledger.path) else { return nil }
        try self.init(database: folder.database, ledger: folder.ledger)
    }
}
