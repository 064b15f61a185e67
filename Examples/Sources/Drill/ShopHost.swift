import Foundation
import Synchronization

/// What keeps a shop or a bank running on one port, as the service manager of a system would: one that ends is begun again. Only
/// ends that the drill has caused are made good; a shop that ends by itself has failed.
final class ShopHost: Sendable {
    let port: Int
    private let executable: URL
    private let arguments: [String]
    private let log: URL
    private let mark: String
    private let state: Mutex<State>

    private struct State {
        var shop: ShopProcess
        var isBeingRestarted = false
    }

    /// Starts it on any free port.
    init(executable: URL, arguments: [String], log: URL, mark: String = "http://127.0.0.1:") async throws {
        let shop = try await ShopProcess(
            executable: executable, arguments: arguments + ["--port", "0"], log: log, mark: mark)
        port = shop.port
        self.executable = executable
        self.arguments = arguments
        self.log = log
        self.mark = mark
        state = Mutex(State(shop: shop))
    }

    var shop: ShopProcess { state.withLock { $0.shop } }

    /// Whether it has ended, and nobody wanted that.
    var hasEndedByItself: Bool { state.withLock { !$0.isBeingRestarted && !$0.shop.isRunning } }

    /// What a restart came to.
    struct Restart: Sendable {
        let shop: ShopProcess
        /// From SIGKILL until the old process was gone.
        let gone: Duration
        /// From SIGKILL until the new one said that it listens.
        let listening: Duration

        /// For whoever looks into one that took long.
        var note: String { "gone after \(gone.milliseconds) ms, listening after \(listening.milliseconds) ms" }
    }

    /// SIGKILL, and a fresh start on the same port. Returns when it says that it listens; nil if another restart is
    /// under way.
    func endAndStart() async throws -> Restart? {
        let old = state.withLock { state -> ShopProcess? in
            guard !state.isBeingRestarted else { return nil }
            state.isBeingRestarted = true
            return state.shop
        }
        guard let old else { return nil }
        defer { state.withLock { $0.isBeingRestarted = false } }
        let begun = ContinuousClock.now
        await old.end()
        let gone = ContinuousClock.now - begun
        let new = try await ShopProcess(
            executable: executable, arguments: arguments + ["--port", "\(port)"], log: log, mark: mark)
        state.withLock { $0.shop = new }
        return Restart(shop: new, gone: gone, listening: ContinuousClock.now - begun)
    }
}

extension Duration {
    fileprivate var milliseconds: Int {
        Int(components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
