import Foundation
import Logging
import OTP

/// Everything about paying: the bank, the way to it, a process for each payment.
struct Checkout: Sendable {
    let payments: Payments
    /// Without one nothing is begun.
    let hasBank: Bool
    let place: BankPlace
    let checkpoints: Checkpoints?
    /// Stands in the tree, below the database.
    let supervisor: Supervisor

    init(_ settings: ShopSettings, connections: ConnectionPool, restarts: Supervisor.Restarts) {
        let checkpoints = settings.faultToken.map { _ in Checkpoints() }
        let payments = Payments(
            PaymentSetup(
                books: PaymentBooks(connections: connections, skipsIntent: settings.defect == .skipIntent),
                times: PaymentTimes(answer: settings.bankPatience), checkpoints: checkpoints, logger: settings.logger))
        hasBank = settings.bank != nil
        let place = BankPlace(port: nil)
        let bank: ChildSpec?
        switch settings.bank {
        case nil: bank = nil
        case .at(let port):
            place.port = port
            bank = nil
        case .program(let program, let ledger):
            bank = BankProcess.child("bank") {
                try await BankProcess(program: program, ledger: ledger, place: place, $0)
            }
        }
        self.payments = payments
        self.checkpoints = checkpoints
        self.place = place
        supervisor = Supervisor("checkout", .oneForOne, restarts: restarts, name: .checkout) {
            if let bank { bank }
            BankLink.child("bank link", name: .bankLink) { BankLink(place, checkpoints: checkpoints, $0) }
            Supervisor("payments", .restForOne, restarts: restarts, name: .payments) {
                payments.supervisor
                PaymentKeeper.child("keeper", name: .paymentKeeper) { PaymentKeeper(payments, $0) }
            }
        }
    }
}

extension SupervisorName {
    static let checkout: Self = "checkout"
    static let payments: Self = "payments"
}
