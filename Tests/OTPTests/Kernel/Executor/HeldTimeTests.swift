import Testing

@testable import OTP

/// Who is reported to have held a worker, and for how long.
@Suite struct HeldTimeTests {
    @Test func `who holds a worker for the limit is reported, once`() {
        var held = HeldTime()
        #expect(held.due(after: 99, limit: 100) { 7 } == nil)
        let due = held.due(after: 103, limit: 100) { 7 }
        #expect(due?.pid == 7)
        #expect(due?.time == 103)
        #expect(held.due(after: 107, limit: 100) { 7 } == nil)
        #expect(held.due(after: 300, limit: 100) { 7 } == nil)
    }

    @Test func `time of nobody before the limit is not counted either`() {
        var held = HeldTime()
        #expect(held.due(after: 96, limit: 100) { 0 } == nil)
        #expect(held.due(after: 100, limit: 100) { 7 } == nil)
        #expect(held.due(after: 195, limit: 100) { 7 } == nil)
        #expect(held.due(after: 196, limit: 100) { 7 }?.time == 100)
    }

    @Test func `time of nobody is not counted, and who comes after it is reported all the same`() {
        var held = HeldTime()
        #expect(held.due(after: 100, limit: 100) { 0 } == nil)
        #expect(held.due(after: 250, limit: 100) { 0 } == nil)
        #expect(held.due(after: 254, limit: 100) { 7 } == nil)
        #expect(held.due(after: 349, limit: 100) { 7 } == nil)
        let due = held.due(after: 350, limit: 100) { 7 }
        #expect(due?.pid == 7)
        #expect(due?.time == 100)
        #expect(held.due(after: 500, limit: 100) { 7 } == nil)
    }
}
