internal import COTPRuntime
internal import Synchronization

/// The workers without threads that are lent to threads which are none of ours.
///
/// Threads that call at the same time find theirs in places of their own, as far as there are enough: one lock for all was what
/// they met at.
struct Guests {
    /// One of the places, with what belongs there.
    struct Place {
        fileprivate let word: UnsafeMutablePointer<Atomic<UInt>>
    }

    private let words: [LoneWord<UInt>]
    /// Those that did not find their place empty when they came back.
    private let others = LockedBox<[UnsafeMutablePointer<Worker>]>([])

    init() { words = (0..<ThreadPart.count).map { _ in LoneWord() } }

    /// The place of the calling thread.
    var ownPlace: Place { Place(word: words[ThreadPart.index].atomic) }

    /// Somebody who is lent to nobody; nil if there is none in this place or without one.
    func take(from place: Place) -> UnsafeMutablePointer<Worker>? {
        if place.word.pointee.load(ordering: .relaxed) != 0 {
            let bits = place.word.pointee.exchange(0, ordering: .acquiring)
            if bits != 0 { return UnsafeMutablePointer(bitPattern: bits) }
        }
        return others.withLock { $0.popLast() }
    }

    func giveBack(_ guest: UnsafeMutablePointer<Worker>, to place: Place) {
        let bits = UInt(bitPattern: guest)
        if place.word.pointee.load(ordering: .relaxed) == 0,
            place.word.pointee.compareExchange(expected: 0, desired: bits, ordering: .releasing).exchanged
        {
            return
        }
        others.withLock { $0.append(guest) }
    }
}

extension Scheduler {
    /// Runs one process on the calling thread, which is none of ours, as if it were a worker.
    ///
    /// For calls by ordinary tasks of the default executor: no thread has to be woken. A runner made here would inherit
    /// from the calling task, so that without a spare one the process is scheduled as usual. A guest keeps the runner that has
    /// run there to its end.
    ///
    /// Nobody watches these threads: a process that is found to take long there has its turns on workers for a while.
    ///
    /// - Returns: Whether it has run here; otherwise there was no runner, and a worker runs it.
    func runAsGuest(_ cell: ProcessCell) -> Bool {
        let place = guests.ownPlace
        let guest = guests.take(from: place) ?? makeWorker(role: .guest, index: 63)
        defer { guests.giveBack(guest, to: place) }
        guard let runner = guest.pointee.keptRunner.take() ?? takeSpareRunner() else {
            lacksRunner.store(true, ordering: .relaxed)
            schedule(cell)
            return false
        }
        guest.pointee.inlineTurns &+= 1
        let since = cell.paceClock(on: guest)
        let taken = cell.mailbox.consumed.load(ordering: .relaxed)
        otp_set_current_worker(guest)
        guest.pointee.assigned = RunItem(retaining: cell)
        Worker.engage(guest, runner)
        guest.pointee.loopRunner = nil
        otp_set_current_worker(nil)
        if since != 0 {
            // What comes while it is there is handled, too: so much for each message.
            let messages = cell.mailbox.consumed.load(ordering: .relaxed) &- taken
            cell.notePace((otp_now_ns() &- since) / max(1, messages))
        }
        return true
    }
}
