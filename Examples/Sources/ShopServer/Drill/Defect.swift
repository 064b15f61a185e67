import HTTPTypes
import Hummingbird
import OTP
import ShopStore

/// What a shop can be made to do wrong, so that it can be seen whether the drill's judge finds it.
public enum Defect: String, CaseIterable, Sendable {
    /// An order is acknowledged when it may still be lost.
    case acknowledgeBeforeCommit = "acknowledge-before-commit"
    /// An order is placed as often as it arrives.
    case noUniqueKey = "no-unique-key"
    /// What has ended is not started again.
    case noRestart = "no-restart"
    /// A connection that was lent does not come back.
    case leakingPool = "leaking-pool"
    /// One customer's requests are never answered.
    case hang
    /// One cart in ten is not told that it was ordered.
    case lostMessage = "lost-message"
    /// One order in ten does not come to the audit trail.
    case lostEvent = "lost-event"
    /// The bank is asked before that is in the database.
    case skipIntent = "skip-intent"
    /// Not the shop's: the bank does what it is asked as often as it is asked.
    case bankForgetsKeys = "bank-forgets-keys"
    /// Memory that is not given back.
    case growingMemory = "growing-memory"

    var weakness: DatabasePlace.Weakness? {
        switch self {
        case .acknowledgeBeforeCommit: .acknowledgesBeforeCommit
        case .noUniqueKey: .forgetsKeys
        default: nil
        }
    }

    /// How often the parts in front are started again.
    var restart: Restart { self == .noRestart ? .temporary : .permanent }
}

/// Does what a defect does over time.
struct Saboteur: Sendable {
    let defect: Defect
    let connections: ConnectionPool

    func run() async throws {
        switch defect {
        case .leakingPool:
            while true {
                try await Task.sleep(for: .milliseconds(500))
                // Kept by somebody who lives as long as the shop.
                Task { [pool = connections.pool] in try await pool.withResource { _ in await Forever.wait() } }
            }
        case .growingMemory:
            var kept: [[UInt8]] = []
            while true {
                try await Task.sleep(for: .milliseconds(100))
                kept.append([UInt8](repeating: 1, count: 1 << 20))
            }
        default:
            break
        }
    }
}

/// For `Defect.hang`.
struct HangMiddleware: RouterMiddleware {
    let client: String

    func handle(
        _ request: Request, context: ShopContext, next: (Request, ShopContext) async throws -> Response
    ) async throws -> Response {
        if request.headers[.client] == client, request.uri.path.hasPrefix("/orders") { await Forever.wait() }
        return try await next(request, context)
    }
}
