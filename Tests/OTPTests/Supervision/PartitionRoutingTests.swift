import Testing

@testable import OTP

@Suite struct PartitionRoutingTests {
    @Test func `whole numbers of any type go by their magnitude`() {
        let keys: [(any Hashable, Int)] = [
            (0, 0), (1, 1), (3, 0), (-1, 1), (-4, 1), (UInt8(5), 2), (Int64.min, Int(Int64.min.magnitude % 3)),
            (UInt64.max, Int(UInt64.max % 3)),
        ]
        for (key, partition) in keys { #expect(PartitionRouting.partition(of: key, among: 3) == partition) }
    }

    @Test func `text goes the same way in every run of a program, and is spread evenly`() {
        let partitions = ["", "a", "ann", "Müller"].map { PartitionRouting.partition(of: $0, among: 1000) }
        #expect(partitions == [458, 429, 546, 243])
        for count in [2, 4, 7, 16] {
            var found = [Int](repeating: 0, count: count)
            for number in 0..<10_000 { found[PartitionRouting.partition(of: "user \(number)", among: count)] += 1 }
            for share in found { #expect(abs(share - 10_000 / count) < 10_000 / count / 5) }
        }
    }

    @Test func `any other key has one partition for the length of a run`() {
        struct Point: Hashable { let x, y: Int }
        for number in 0..<100 {
            let point = Point(x: number, y: -number)
            let partition = PartitionRouting.partition(of: point, among: 8)
            #expect((0..<8).contains(partition))
            #expect(PartitionRouting.partition(of: point, among: 8) == partition)
            #expect(PartitionRouting.partition(of: point, among: 1) == 0)
        }
    }
}
