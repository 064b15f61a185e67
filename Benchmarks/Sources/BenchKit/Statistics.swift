/// What a handful of noisy figures say: the middle one and how far they spread.
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
}

/// The middle of `values`, without summarising the rest.
public func median(_ values: [Double]) -> Double? {
    Spread(values)?.median
}
