internal import Synchronization

/// A member of a pool that is checked out. Goes back when it is checked in, when the last copy of the lease is gone, or
/// when the process that checked it out ends, whatever comes first.
public final class PoolLease<Member: StatefulBehavior>: Sendable {
    /// The member. Its own end is noticed by calling it; the pool replaces it.
    public let member: ServerRef<Member>

    private let ticket: PoolMachine.Ticket
    private let pool: ServerRef<PoolServer<Member>>
    private let isOver = Atomic<Bool>(false)

    init(_ member: ServerRef<Member>, _ ticket: PoolMachine.Ticket, _ pool: ServerRef<PoolServer<Member>>) {
        self.member = member
        self.ticket = ticket
        self.pool = pool
    }

    deinit { checkIn() }

    /// Gives the member back. Only the first time counts. Poolboy: `checkin/2`.
    public func checkIn() {
        if !isOver.exchange(true, ordering: .acquiringAndReleasing) { pool.cast(.checkIn(ticket)) }
    }
}
