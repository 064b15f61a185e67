import OTPDiagrams
import Patterns

/// Writes the diagrams of the patterns' machines into their documentation; `--check` says whether they are stale.
@main struct Diagrams {
    static func main() {
        DiagramCommand.main([.of(Door.self), .of(Connection.self), .of(Payment.self)])
    }
}
