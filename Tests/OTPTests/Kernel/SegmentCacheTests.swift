import Testing

@testable import OTP

@Suite struct SegmentCacheTests {
    private static func segments(_ count: Int) -> [Segment] {
        (0..<count).map { _ in
            Segment(.allocate(byteCount: Int(Segment.size), alignment: Int(Segment.size)))
        }
    }

    @Test func aChainGivesEachSegmentOnce() {
        var chain = SegmentChain()
        let segments = Self.segments(5)
        for segment in segments { chain.push(segment) }
        #expect(chain.count == 5)
        var taken: [UInt] = []
        while let segment = chain.pop() { taken.append(segment.bits) }
        #expect(taken == segments.reversed().map(\.bits))
        #expect(chain.count == 0)
        for segment in segments { segment.base.deallocate() }
    }

    @Test("what is given back by one cache beyond its room is there for another, and nothing is given out twice")
    func passesOn() {
        var giver = SegmentCache()
        var taker = SegmentCache()
        for segment in Self.segments(SegmentCache.bundle * 4) {
            segment.cleanStride = 0
            giver.give(segment)
        }
        var taken: [Segment] = []
        while taken.count < SegmentCache.bundle, let segment = taker.take() { taken.append(segment) }
        while taken.count < SegmentCache.bundle * 3, let segment = giver.take() { taken.append(segment) }
        #expect(taken.count >= SegmentCache.bundle * 2)
        #expect(Set(taken.map(\.bits)).count == taken.count)
        for segment in taken { taker.give(segment) }
    }
}
