import Hummingbird
import OTP
import Synchronization

/// How the tree stands: everything that is asked about health comes from it.
final class Health: Sendable {
    private let isStopping = Atomic(false)

    /// From now on the shop is not ready: it still answers, but nobody should send it more.
    func beginStopping() { isStopping.store(true, ordering: .releasing) }

    private var isEnding: Bool { isStopping.load(ordering: .acquiring) }

    struct Live: Encodable, Sendable {
        let live: Bool
        /// Processes below the root.
        let parts: Int
    }

    struct Ready: Encodable, Sendable {
        struct Missing: Encodable, Sendable {
            let path: String
            let state: String
        }

        let ready: Bool
        let why: String?
        let missing: [Missing]
    }

    func live() async -> Live {
        let tree = try? await SupervisorName.shop.tree()
        return Live(live: tree != nil, parts: tree?.all.count ?? 0)
    }

    func ready() async -> Ready {
        guard let tree = try? await SupervisorName.shop.tree() else {
            return Ready(ready: false, why: "there is no tree", missing: [])
        }
        let missing = tree.missing.map { Ready.Missing(path: $0.path, state: "\($0.status.phase)") }
        let why: String? = isEnding ? "the shop is stopping" : missing.isEmpty ? nil : "parts are not running"
        return Ready(ready: why == nil, why: why, missing: missing)
    }

    /// The tree as text.
    func drawing() async -> String {
        (try? await SupervisorName.shop.tree()).map { "\($0)\n" } ?? "there is no tree\n"
    }
}
