import OTP
import ShopStore

/// Makes the database file and its tables before any connection opens it.
struct Storage: GenServer {
    enum Call: Sendable { case path(Reply<String>) }
    enum Cast: Sendable {
        /// For drills: a handler that never returns, whatever it is told.
        case hang
    }

    private let place: DatabasePlace

    init(
        _ place: DatabasePlace, slowStart: Duration = .zero, whenStuck: (@Sendable () -> Void)? = nil
    ) async throws {
        self.place = place
        if let whenStuck {
            whenStuck()
            await Forever.wait()
        }
        if slowStart > .zero { try await Task.sleep(for: slowStart) }
        try await Blocking.run { try ShopDatabase.create(place) }
    }

    func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .path(let reply): reply(place.path)
        }
    }

    func handleCast(_ cast: Cast, _ me: Me) async -> Next {
        switch cast {
        case .hang:
            await Forever.wait()
            return .receive
        }
    }
}

extension ServerName<Storage> { static let storage: Self = "database" }

/// A wait that no cancellation ends.
enum Forever {
    static func wait() async { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
}
