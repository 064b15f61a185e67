extension Node {
    /// Has `body` run by a process of its own and waits for that, also if the caller has been cancelled or killed: whatever he
    /// waits for himself then fails.
    nonisolated(nonsending) func seeThrough(_ body: @escaping @Sendable () async -> Void) async {
        let process = makePlain(Never.self, options: SpawnOptions(), parent: nil) { _ in await body() }
        await withUnsafeContinuation { caller in
            // It has not begun, so that it cannot have ended but by a kill.
            if process.addListener(SeenThrough(caller), as: .make()) { launch(process) } else { caller.resume() }
        }
    }
}

/// Lets whoever waits go on when the process has ended, for whatever reason.
// @unchecked as its superclass.
private final class SeenThrough: DownListener, @unchecked Sendable {
    private let caller: UnsafeContinuation<Void, Never>

    init(_ caller: UnsafeContinuation<Void, Never>) { self.caller = caller }

    override func down(_ message: DownMessage) { caller.resume() }
}
