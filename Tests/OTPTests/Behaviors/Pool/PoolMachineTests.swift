import Testing

@testable import OTP

@Suite struct PoolMachineTests {
    private static func pid(_ number: UInt64) -> PID { PID(node: 0, number: number) }
    private let a = pid(1), b = pid(2), c = pid(3)
    private let owner = pid(100)

    private func machine(_ size: Int, overflow: Int = 0, _ order: PoolOrder = .lifo) -> PoolMachine {
        var machine = PoolMachine(size: size, overflow: overflow, order: order)
        for number in 0..<size { _ = machine.arrived(Self.pid(UInt64(number) + 1)) }
        return machine
    }

    @Test("the next member is the one that came back last, or the one that was free for longest")
    func order() {
        for (order, wanted) in [(PoolOrder.lifo, [c, b, a, c]), (.fifo, [a, b, c, c])] {
            var pool = machine(3, order)
            var taken = (1...3).map { pool.checkOut($0, owner: nil, waits: true) }
            _ = pool.checkIn(taken[0] == [.grant(1, c)] ? 1 : 3)
            taken.append(pool.checkOut(4, owner: nil, waits: true))
            #expect(taken == wanted.enumerated().map { [.grant(UInt64($0.offset) + 1, $0.element)] })
        }
    }

    private func machine(_ size: Int, _ order: PoolOrder) -> PoolMachine { machine(size, overflow: 0, order) }

    @Test("when all are in use callers wait, first come, first served; who does not wait is refused")
    func waiting() {
        var pool = machine(1)
        let actions = [
            pool.checkOut(1, owner: nil, waits: true), pool.checkOut(2, owner: nil, waits: false),
            pool.checkOut(3, owner: nil, waits: true), pool.checkOut(4, owner: nil, waits: true), pool.checkIn(1),
            pool.checkIn(3), pool.checkIn(4), pool.checkIn(4),
        ]
        #expect(actions == [[.grant(1, a)], [.refuse(2)], [], [], [.grant(3, a)], [.grant(4, a)], [], []])
        #expect(pool.status.idle == 1 && pool.status.phase == .ready)
    }

    @Test("who gives up waiting is passed over")
    func givesUp() {
        var pool = machine(1)
        let actions = [
            pool.checkOut(1, owner: nil, waits: true), pool.checkOut(2, owner: nil, waits: true),
            pool.checkOut(3, owner: nil, waits: true), pool.checkIn(2), pool.checkIn(1),
        ]
        #expect(actions == [[.grant(1, a)], [], [], [], [.grant(3, a)]])
        #expect(pool.status.waiting == 0 && pool.status.phase == .full)
    }

    @Test("members beyond the size begin when all are in use, count until they have ended, and end when nobody waits")
    func overflow() {
        var pool = machine(1, overflow: 1)
        #expect(pool.checkOut(1, owner: nil, waits: true) == [.grant(1, a)])
        #expect(pool.status.phase == .overflow)
        // Also for one that does not wait, since it waits for nobody else.
        #expect(pool.checkOut(2, owner: nil, waits: false) == [.start(2)])
        #expect(pool.checkOut(3, owner: nil, waits: false) == [.refuse(3)])
        #expect(pool.checkOut(4, owner: nil, waits: true) == [])
        #expect(pool.started(b, for: 2) == [.grant(2, b)])
        #expect(pool.status.phase == .full)
        #expect(pool.checkIn(2) == [.grant(4, b)])
        #expect(pool.checkIn(4) == [.dismiss(b)])
        #expect(pool.checkOut(5, owner: nil, waits: false) == [.refuse(5)])
        #expect(pool.checkOut(6, owner: nil, waits: true) == [])
        #expect(pool.ended(member: b) == [.start(6)])
        // Whoever is free first serves it; the new one is then of no use.
        #expect(pool.checkIn(1) == [.grant(6, a)])
        #expect(pool.started(c, for: 6) == [.dismiss(c)])
        #expect(pool.ended(member: c) == [])
        #expect(pool.status.overflow == 0)
    }

    @Test("a start that fails is an answer to who it was for, once, and to nobody else")
    func startFails() {
        var pool = machine(1, overflow: 1)
        #expect(pool.checkOut(1, owner: nil, waits: true) == [.grant(1, a)])
        #expect(pool.checkOut(2, owner: nil, waits: true) == [.start(2)])
        #expect(pool.checkOut(3, owner: nil, waits: true) == [])
        #expect(pool.startFailed(for: 2) == [.startFailed(2), .start(3)])
        #expect(pool.checkIn(1) == [.grant(3, a)])
        #expect(pool.startFailed(for: 3) == [])
        #expect(pool.checkIn(3) == [])
        #expect(pool.status.phase == .ready)
    }

    @Test("a member that ends is no longer lent; the next one takes its place")
    func memberEnds() {
        var pool = machine(2)
        #expect(pool.checkOut(1, owner: owner, waits: true) == [.watch(owner), .grant(1, b)])
        #expect(pool.ended(member: b) == [.unwatch(owner)])
        #expect(pool.checkIn(1) == [])
        #expect(pool.ended(member: a) == [])
        #expect(pool.checkOut(2, owner: nil, waits: true) == [])
        #expect(pool.arrived(c) == [.grant(2, c)])
    }

    @Test("all that a caller had comes back at its end, and it waits no longer")
    func ownerEnds() {
        var pool = machine(2)
        #expect(pool.checkOut(1, owner: owner, waits: true) == [.watch(owner), .grant(1, b)])
        #expect(pool.checkOut(2, owner: owner, waits: true) == [.grant(2, a)])
        #expect(pool.checkOut(3, owner: owner, waits: true) == [])
        #expect(pool.checkOut(4, owner: nil, waits: true) == [])
        #expect(pool.ended(owner: owner).filter { $0 == .grant(4, b) } == [.grant(4, b)])
        #expect(pool.status.waiting == 0)
        #expect(pool.checkIn(4) == [])
        #expect(pool.status.idle == 2 && pool.status.checkedOut == 0)
        #expect(pool.ended(owner: owner) == [])
    }

    @Test("whatever happens in whatever order, no member is lent twice and none is lost", arguments: 0..<8)
    func storm(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var pool = PoolMachine(size: 3, overflow: 2, order: seed % 2 == 0 ? .lifo : .fifo)
        var (nextPID, nextTicket) = (UInt64(0), UInt64(0))
        var alive = Set<PID>(), base = Set<PID>(), starting: [UInt64] = [], held: [UInt64: PID] = [:]
        var asked: [UInt64: PID?] = [:], watched = Set<PID>()
        func perform(_ actions: [PoolMachine.Action]) {
            for action in actions {
                switch action {
                case .grant(let ticket, let member):
                    #expect(asked[ticket] != nil && held[ticket] == nil)
                    #expect(alive.contains(member) && !held.values.contains(member))
                    held[ticket] = member
                case .refuse(let ticket), .startFailed(let ticket): asked[ticket] = nil
                case .start(let ticket): starting.append(ticket)
                case .dismiss(let member): #expect(!base.contains(member))
                case .watch(let owner): #expect(watched.insert(owner).inserted)
                case .unwatch(let owner): #expect(watched.remove(owner) != nil)
                }
            }
        }
        func member() -> PID {
            nextPID += 1
            alive.insert(Self.pid(nextPID))
            return Self.pid(nextPID)
        }
        for _ in 0..<3_000 {
            switch random.next() % 8 {
            case 0 where base.count < 3:
                let new = member()
                base.insert(new)
                perform(pool.arrived(new))
            case 1, 2:
                nextTicket += 1
                let owner = random.next() % 3 == 0 ? nil : Self.pid(1_000_000 + random.next() % 4)
                asked[nextTicket] = .some(owner)
                perform(pool.checkOut(nextTicket, owner: owner, waits: random.next() % 4 != 0))
            case 3, 4:
                guard let ticket = asked.keys.sorted().randomElement(using: &random) else { continue }
                asked[ticket] = nil
                held[ticket] = nil
                perform(pool.checkIn(ticket))
            case 5:
                guard let ticket = starting.popLast() else { continue }
                perform(random.next() % 3 == 0 ? pool.startFailed(for: ticket) : pool.started(member(), for: ticket))
            case 6:
                guard let gone = alive.sorted().randomElement(using: &random) else { continue }
                alive.remove(gone)
                base.remove(gone)
                for (ticket, member) in held where member == gone { held[ticket] = nil; asked[ticket] = nil }
                perform(pool.ended(member: gone))
            default:
                guard let gone = watched.sorted().randomElement(using: &random) else { continue }
                watched.remove(gone)
                for (ticket, owner) in asked where owner == gone { asked[ticket] = nil; held[ticket] = nil }
                perform(pool.ended(owner: gone))
            }
            let status = pool.status
            #expect(status.checkedOut == held.count)
            #expect(status.overflow + status.starting <= 2)
            // Whoever waits has no free member.
            #expect(status.waiting == 0 || status.idle == 0)
            #expect(status.idle + base.filter { held.values.contains($0) }.count == base.count)
        }
    }
}
