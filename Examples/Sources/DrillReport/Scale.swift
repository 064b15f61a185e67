import Foundation

/// Values to places, and the values worth a line.
struct Scale: Sendable {
    enum Kind: Sendable { case linear, logarithmic }

    let kind: Kind
    let low: Double
    let high: Double
    let from: Double
    let to: Double
    let ticks: [Double]

    /// From 0 to a round number that is no less than any value.
    static func linear(upTo most: Double, from: Double, to: Double, steps: Int = 4) -> Scale {
        let step = roundedUp(max(most, 1) / Double(steps))
        let high = (max(most, 1) / step).rounded(.up) * step
        let ticks = stride(from: 0, through: high + step / 2, by: step).map { $0 }
        return Scale(kind: .linear, low: 0, high: high, from: from, to: to, ticks: ticks)
    }

    /// Whole decades around all values.
    static func logarithmic(_ values: [Double], from: Double, to: Double) -> Scale {
        let positive = values.filter { $0 > 0 }
        let low = floor(log10(max(positive.min() ?? 1, 0.1)))
        let high = max(ceil(log10(positive.max() ?? 10)), low + 1)
        let ticks = stride(from: low, through: high, by: 1).map { pow(10, $0) }
        return Scale(kind: .logarithmic, low: low, high: high, from: from, to: to, ticks: ticks)
    }

    /// All of a time; ticks at round numbers of seconds.
    static func time(milliseconds: Double, from: Double, to: Double) -> Scale {
        let step = timeSteps.first { milliseconds / 1_000 / $0 <= 12 } ?? 3_600
        let ticks = stride(from: 0, through: milliseconds, by: step * 1_000).map { $0 }
        return Scale(kind: .linear, low: 0, high: max(milliseconds, 1), from: from, to: to, ticks: ticks)
    }

    func place(_ value: Double) -> Double {
        let value = kind == .logarithmic ? log10(max(value, 1e-9)) : value
        let share = (min(max(value, low), high) - low) / (high - low)
        return from + share * (to - from)
    }

    private static let timeSteps: [Double] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600]

    /// 1, 2, 2.5 or 5 times a power of ten; whole from 1 on.
    private static func roundedUp(_ value: Double) -> Double {
        guard value > 1 else { return 1 }
        let power = pow(10, floor(log10(value)))
        return [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 >= value && $0 == $0.rounded() } ?? value.rounded(.up)
    }
}
