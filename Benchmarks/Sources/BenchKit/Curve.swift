/// How a cost grows with something: measured at several points on every side that can.
public struct Curve: Sendable {
    /// What stands on the horizontal axis.
    public enum Axis: Sendable, Equatable {
        /// The number that the work is given.
        case argument(String)
        /// The threads that a side may use; the work is always given this number.
        case cores(size: Int)

        public var title: String {
            switch self {
            case .argument(let title): title
            case .cores: "cores"
            }
        }
    }

    public let name: String
    public let title: String
    public let measure: Row.Measure
    public let axis: Axis
    public let points: [Int]
    /// The name of the work, if not that of the curve.
    public let work: String

    public init(
        _ name: String, _ title: String, measure: Row.Measure = .time, _ axis: Axis, points: [Int], work: String? = nil
    ) {
        self.name = name
        self.title = title
        self.measure = measure
        self.axis = axis
        self.points = points
        self.work = work ?? name
    }

    /// The row that is measured at one point.
    func row(at point: Int) -> Row {
        if case .cores(let size) = axis { return Row(work, title, measure: measure, size: size) }
        return Row(work, title, measure: measure, size: point)
    }
}

/// A curve after all its rounds.
public struct CurveResult: Sendable {
    public let curve: Curve
    /// Contestant to point to the figures of all rounds.
    public var points: [String: [Int: [Double?]]] = [:]
    public var failures: [String] = []

    public init(_ curve: Curve) { self.curve = curve }

    /// The medians of a side, from left to right.
    public func line(_ contestant: String) -> [(x: Int, y: Double)] {
        (points[contestant] ?? [:]).sorted { $0.key < $1.key }.compactMap { point, figures in
            median(figures.compactMap { $0 }).map { (point, $0) }
        }
    }

    /// One line for each point, one column for each side.
    public func text(_ columns: [String]) -> String {
        let columns = columns.filter { points[$0] != nil }
        let title = "\(curve.name): \(curve.title) [\(curve.measure.unit)]"
        return
            ([title]
            + curve.points.map { point in
                "  \(shortNumber(Double(point))) \(curve.axis.title): "
                    + columns.map { name in
                        let figure = (points[name]?[point]).flatMap { median($0.compactMap { $0 }) }
                        return "\(name) \(figure.map(shortNumber) ?? "–")"
                    }.joined(separator: ", ")
            }).joined(separator: "\n")
    }
}

extension Runner {
    /// Every point is a row of its own: sides take turns in it as in any.
    public func run(_ curve: Curve) -> CurveResult {
        var result = CurveResult(curve)
        for point in curve.points {
            var sides = contestants
            if case .cores = curve.axis { sides = sides.compactMap { $0.onCores(point) } }
            let measured = Runner(sides, rounds: rounds, progress: { _ in }).run(curve.row(at: point))
            for name in measured.samples.keys { result.points[name, default: [:]][point] = measured.values(name) }
            result.failures += measured.failures
            progress("\(curve.name): \(point) \(curve.axis.title)")
        }
        return result
    }
}
