import Testing

@testable import OTP

/// Which requests bind their server: those that are queued or being handled.
@Suite struct RequestNumberTests {
    @Test func `a request binds from when it is queued until the next one is taken`() {
        let bound = (0...9).map { RequestNumber.binds(5, consumed: $0) }
        #expect(bound == [true, true, true, true, true, true, true, false, false, false])
    }

    @Test func `a request of the system always binds, one whose reply was kept never`() {
        for consumed: UInt64 in [0, 1, 7] {
            #expect(RequestNumber.binds(RequestNumber.system, consumed: consumed))
            #expect(!RequestNumber.binds(RequestNumber.kept, consumed: consumed))
        }
    }

    @Test func `what was handled inline binds, if something is left of it, until a message is taken`() {
        #expect(CallDelivery.inline(isDone: true, taken: 3).number == RequestNumber.kept)
        for taken: UInt64 in [0, 1, 7] {
            let number = CallDelivery.inline(isDone: false, taken: taken).number
            #expect(RequestNumber.binds(number, consumed: taken))
            #expect(!RequestNumber.binds(number, consumed: taken + 1))
        }
    }
}
