import OTP

extension Checkout {
    /// What a role means for a drill, if it is one of these.
    func target(_ role: String) -> Target? {
        switch role {
        case "link":
            Target(ServerName.bankLink, breakDown: .breakDown) { name in
                guard try await name.call(timeout: .seconds(1), { .isConnected($0) }) else { throw Broken() }
            }
        case "keeper": Target(ServerName.paymentKeeper)
        case "checkout":
            Target(supervisor: .checkout) {
                ServerName.bankLink.pid != nil && SupervisorName.payments.ref != nil
                    && ServerName.paymentKeeper.pid != nil
            }
        case "payments": Target(supervisor: .payments) { ServerName.paymentKeeper.pid != nil }
        default: nil
        }
    }
}
