// A server whose `make` is known not to suspend and that has no `handleStart` of its own is begun by its starter, on the
// starter's thread; one that is idle and has no `terminate` of its own is ended by whoever stops it. Nobody waits then,
// and nothing is queued. It has its own identity, links and crash all the same.

extension GenServer {
    @inlinable public static var _beginsInline: Bool {
        OwnHandlers.isMissing(OwnHandlers.Handler.start, in: Self.self)
    }

    @inlinable public static func _beginInline(
        _ process: UnsafeMutableRawPointer, _ make: UnsafeMutableRawPointer
    ) -> StartError.Code? {
        let plain = make.assumingMemoryBound(to: PlainMake<Self>.self)
        return Unmanaged<ServerCell<Self>>.fromOpaque(process)._withUnsafeGuaranteedRef { cell in
            do {
                if let reason = cell.pendingReason { throw Exit(reason) }
                let made = try plain.pointee.make(ProcessContext(cell))
                // Who has been told to end meanwhile, and has a `terminate` of its own, which may suspend, gets a turn for that.
                if let reason = cell.pendingReason {
                    if OwnHandlers.isMissing(OwnHandlers.Handler.terminate, in: Self.self) { throw Exit(reason) }
                }
                let place = UnsafeMutablePointer<Self>.allocate(capacity: 1)
                place.initialize(to: made)
                cell.state = place
                cell.phase = .running
                if cell.hibernatesByItself { cell.awaitHibernation() }
                return nil
            } catch {
                return ServerLoop<Self>.failedToBegin(error, cell)
            }
        }
    }
}

extension ServerLoop {
    @usableFromInline static func failedToBegin(_ error: any Error, _ cell: ServerCell<S>) -> StartError.Code {
        let handshake = StartHandshake()
        cell.failStart(error, handshake, shown: cell.shownReason)
        handshake.slot.recycle()
        // Killed meanwhile: that is why, whatever was thrown then.
        if case .killed? = cell.finalReason { return .failed(.killed) }
        return handshake.problem ?? .failed(.noProcess)
    }
}
