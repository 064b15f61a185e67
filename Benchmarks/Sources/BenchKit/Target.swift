/// What a row asks of us. Every figure is a cost (time, bytes, CPU): lower is better.
public enum Target: Sendable, Equatable {
    /// Our figure divided by the peer's, at most this.
    case ratio(to: String, atMost: Double)
    /// Our figure itself, at most this, in the row's unit.
    case absolute(atMost: Double)
}

/// How a row came out.
public enum Verdict: String, Sendable, Codable {
    case pass, miss
    /// The peer that the target speaks of was not measured.
    case noPeer = "no peer"
    /// A side failed, or its result was wrong.
    case failed
    /// The row has no target.
    case shown = "-"
}

extension Target {
    /// Judges the medians: of the per-round ratios, or of our figures.
    ///
    /// - Parameters:
    ///   - ours: our figure of every round, `nil` where the round failed.
    ///   - peer: the peer's figure of every round, in the same order; `nil` when it took no part.
    public func verdict(ours: [Double?], peer: [Double?]?) -> Verdict {
        guard !ours.isEmpty, !ours.contains(where: { $0 == nil }) else { return .failed }
        switch self {
        case .absolute(let limit):
            return (median(ours.compactMap { $0 }) ?? .infinity) <= limit ? .pass : .miss
        case .ratio(_, let limit):
            guard let peer else { return .noPeer }
            guard let ratios = perRoundRatios(ours, peer), let middle = median(ratios) else { return .failed }
            return middle <= limit ? .pass : .miss
        }
    }

    public var description: String {
        switch self {
        case .absolute(let limit): "≤ \(shortNumber(limit))"
        case .ratio(_, let limit): limit < 1 ? "≤ 1/\(shortNumber(1 / limit))" : "≤ \(shortNumber(limit))"
        }
    }
}

/// Ours divided by the peer's, round by round; `nil` when a round has only one side.
public func perRoundRatios(_ ours: [Double?], _ peer: [Double?]) -> [Double]? {
    guard ours.count == peer.count else { return nil }
    var ratios: [Double] = []
    for (mine, theirs) in zip(ours, peer) {
        guard let mine, let theirs, theirs > 0 else { return nil }
        ratios.append(mine / theirs)
    }
    return ratios
}
