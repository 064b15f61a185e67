import Testing

@testable import OTP

@Suite struct PlainWordsTests {
    private enum Choice: Equatable { case none, number(Int), pair(Int32, Bool) }
    private struct Wide: Equatable { var (a, b, c) = (1, 2, 3) }
    private enum Nobody: Equatable {}

    @Test func `a small value without references comes back as it was`() throws {
        func back<T: Equatable>(_ value: T) throws -> Bool {
            try #require(PlainWords(value)).value(as: T.self) == value
        }
        #expect(try back(7) && back(UInt8(200)) && back(-1.5) && back(true))
        #expect(try back(Choice.none) && back(Choice.number(.min)) && back(Choice.pair(-3, true)))
        #expect(try back(Duration.seconds(3)) && back(Optional(5)) && back(Int?.none))
        #expect(PlainWords(()) != nil)
    }

    @Test func `what has references, or is larger, is none`() {
        #expect(PlainWords("a text that is long enough to lie elsewhere") == nil)
        #expect(PlainWords([1]) == nil)
        #expect(PlainWords(Wide()) == nil)
        #expect(PlainWords(LockedBox(1)) == nil)
    }
}
