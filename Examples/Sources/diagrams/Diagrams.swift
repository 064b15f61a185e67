import OTPDiagrams
import Patterns
import ShopServer

/// Writes the diagrams of the machines of patterns and shop into their documentation; `--check` says whether they are stale.
@main struct Diagrams {
    static func main() {
        DiagramCommand.main([.of(Door.self), .of(Connection.self), .of(Payment.self)] + CheckoutMachines.diagrams)
    }
}
