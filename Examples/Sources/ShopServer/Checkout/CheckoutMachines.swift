public import OTPDiagrams

/// The state machines of paying, for their documentation.
public enum CheckoutMachines {
    public static let diagrams: [MachineDiagram] = [.of(OrderPayment.self), .of(BankLink.self)]
}
