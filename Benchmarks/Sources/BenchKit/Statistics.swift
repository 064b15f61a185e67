import Foundation

/// What a handful of noisy figures say: the middle one, how far they spread, and how sure the middle one is.
public struct Spread: Sendable, Equatable {
    /// The figures, in ascending order.
    public let sorted: [Double]

    /// `nil` when there is nothing to summarise.
    public init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        sorted = values.sorted()
    }

    public var minimum: Double { sorted[0] }
    public var maximum: Double { sorted[sorted.count - 1] }

    /// The middle figure; the mean of the two middle ones when their number is even.
    public var median: Double {
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// What the median of all possible rounds is below, with 95 % confidence; `nil` with fewer than five figures.
    ///
    /// An order statistic: that `k` of `n` rounds lie below the true median is as likely as `k` heads of `n` coins,
    /// however the figures are distributed.
    public var upperBound: Double? {
        let count = Double(sorted.count)
        var chance = pow(0.5, count)
        var tail = 0.0
        var place: Int?
        for heads in stride(from: sorted.count, through: 1, by: -1) {
            tail += chance
            if tail > 0.05 { break }
            place = heads
            // From `heads` of them to one fewer.
            chance *= Double(heads) / (count - Double(heads) + 1)
        }
        return place.map { sorted[$0 - 1] }
    }
}

/// The middle of `values`, without summarising the rest.
public func median(_ values: [Double]) -> Double? {
    Spread(values)?.median
}
