public import Foundation
import Synchronization

/// Where the shop finds its bank.
public enum BankSetting: Sendable {
    /// One that runs already, on 127.0.0.1.
    case at(port: Int)
    /// One that the shop starts itself: this program's command `bank`, with this ledger.
    case program(URL, ledger: String)
}

/// The port of the bank, once it is known.
final class BankPlace: Sendable {
    private let known: Mutex<Int?>

    init(port: Int?) { known = Mutex(port) }

    var port: Int? {
        get { known.withLock { $0 } }
        set { known.withLock { $0 = newValue } }
    }
}
