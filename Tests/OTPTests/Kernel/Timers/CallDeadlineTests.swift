import Synchronization
import Testing

@testable import OTP

/// Slots of calls are used again, for calls to whatever node.
@Suite struct CallDeadlineTests {
    private func use(_ slot: CallSlot) { slot.body.pointee.word.store((slot.generation &+ 1) << 8, ordering: .relaxed) }

    @Test func `a slot that waited for another node keeps its deadline in this one`() {
        let gone = TimerService(isVirtual: true), here = TimerService(isVirtual: true)
        let slot = CallSlot.make()
        use(slot)
        slot.setDeadline(gone.now + 5, timers: gone)
        use(slot)
        slot.setDeadline(here.now + 10, timers: here)
        #expect(here.nextVirtualDeadline == here.now + 10)
        // The entry in the other node's queue means nothing any more, whatever time it is there.
        #expect(gone.advanceVirtual(to: gone.now + 1_000))
        #expect(!slot.isReady)
        #expect(here.advanceVirtual(to: here.now + 10))
        #expect(slot.isReady)
        #expect({ if case .timeout = slot.takeFailure() { true } else { false } }())
    }

    @Test func `one entry in the queue serves many calls to one node`() {
        let timers = TimerService(isVirtual: true)
        let slot = CallSlot.make()
        for wait in [5, 7, 9] as [UInt64] {
            use(slot)
            slot.setDeadline(timers.now + wait, timers: timers)
            #expect(timers.nextVirtualDeadline == 1_000_000_005)
        }
        #expect(timers.advanceVirtual(to: 1_000_000_008))
        #expect(!slot.isReady)
        #expect(timers.nextVirtualDeadline == 1_000_000_009)
        #expect(timers.advanceVirtual(to: 1_000_000_009))
        #expect(slot.isReady)
    }

    @Test(arguments: [Duration.unlimited, .seconds(1 << 61), .seconds(1 << 35)])
    func `a time that the clock never reaches has no entry`(timeout: Duration) {
        let timers = TimerService(isVirtual: true)
        let slot = CallSlot.make()
        use(slot)
        slot.setDeadline(Deadline.after(timeout, from: timers), timers: timers)
        #expect(timers.nextVirtualDeadline == nil)
        #expect(!slot.isReady)
    }

    @Test func `a slot that waited without end for another node keeps its deadline in that one`() {
        let before = TimerService(isVirtual: true), here = TimerService(isVirtual: true)
        let slot = CallSlot.make()
        use(slot)
        slot.setDeadline(before.now + 5, timers: before)
        use(slot)
        slot.setDeadline(Deadline.never, timers: here)
        use(slot)
        slot.setDeadline(here.now + 10, timers: here)
        #expect(here.nextVirtualDeadline == here.now + 10)
        #expect(before.advanceVirtual(to: before.now + 1_000))
        #expect(!slot.isReady)
        #expect(here.advanceVirtual(to: here.now + 10))
        #expect(slot.isReady)
    }

    @Test func `points in time, to the nanosecond`() {
        let now: UInt64 = 1_000
        #expect(Deadline.after(.nanoseconds(-1), from: now) == now)
        #expect(Deadline.after(.nanoseconds(1), from: now) == now + 1)
        #expect(Deadline.after(.seconds(7_200) + .nanoseconds(1), from: now) == now + 7_200_000_000_001)
        #expect(Deadline.after(.seconds(1_000_000_000) + .nanoseconds(3), from: now) == now + 1_000_000_000_000_000_003)
        #expect(Deadline.after(.seconds(18_446_744_073), from: now) == now + 18_446_744_073_000_000_000)
        #expect(Deadline.after(.seconds(18_446_744_074), from: now) == Deadline.never)
    }
}
