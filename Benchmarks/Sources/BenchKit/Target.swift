/// What a row asks of us. Every figure is a cost (time, bytes, CPU): lower is better.
public struct Target: Sendable, Equatable {
    /// With whom we are compared.
    public enum Measuring: Sendable, Equatable {
        /// Our figure divided by that of this peer.
        case peer(String)
        /// Our figure divided by that of the cheapest of these peers that can do the row.
        case best(of: [String])
        /// Our figure itself, in the row's unit.
        case absolute
    }

    public let measuring: Measuring
    /// Which of our columns may meet it: the cheapest of these.
    public let columns: [String]
    public let atMost: Double

    public init(_ measuring: Measuring, columns: [String], atMost: Double) {
        self.measuring = measuring
        self.columns = columns
        self.atMost = atMost
    }

    public var limit: String {
        if measuring == .absolute { return "≤ \(shortNumber(atMost))" }
        return atMost < 1 ? "≤ 1/\(shortNumber(1 / atMost))" : "≤ \(shortNumber(atMost))"
    }
}

/// How a row came out against one of its targets.
public enum Verdict: String, Sendable, Codable {
    /// The upper 95 % bound of the median meets the target.
    case pass
    /// The median does not.
    case miss
    /// The median meets it and its bound does not, or there were too few rounds to tell.
    case noisy = "too noisy"
    /// The peer that the target speaks of was not measured.
    case noPeer = "no peer"
    /// The column that the target speaks of was not measured.
    case noColumn = "no column"
    /// A side failed, or its result was wrong.
    case failed
}

/// A target, held against what was measured.
public struct Judgement: Sendable {
    public let target: Target
    public let verdict: Verdict
    /// Which of our columns was judged, and against which peer.
    public let column: String?
    public let peer: String?
    /// Of the figures, or of the per-round ratios.
    public let spread: Spread?
}

extension RowResult {
    public var judgements: [Judgement] { row.targets.map(judge) }

    private func judge(_ target: Target) -> Judgement {
        guard let column = cheapest(of: target.columns) else {
            let hasFailed = target.columns.contains { samples[$0] != nil }
            return Judgement(
                target: target, verdict: hasFailed ? .failed : .noColumn, column: nil, peer: nil, spread: nil)
        }
        let mine = values(column) ?? []
        let peers: [String]
        switch target.measuring {
        case .absolute:
            return judgeItself(target, column, mine)
        case .peer(let name): peers = [name]
        case .best(let names): peers = names
        }
        guard let peer = cheapest(of: peers), let theirs = values(peer) else {
            let hasFailed = peers.contains { samples[$0] != nil }
            return Judgement(
                target: target, verdict: hasFailed ? .failed : .noPeer, column: column, peer: nil, spread: nil)
        }
        return judge(target, column, peer, perRoundRatios(mine, theirs))
    }

    private func judge(_ target: Target, _ column: String, _ peer: String, _ figures: [Double?]?) -> Judgement {
        guard let figures, !figures.contains(where: { $0 == nil }), let spread = Spread(figures.compactMap { $0 })
        else { return Judgement(target: target, verdict: .failed, column: column, peer: peer, spread: nil) }
        let verdict: Verdict =
            if spread.median > target.atMost { .miss } else if let bound = spread.upperBound, bound <= target.atMost {
                .pass
            } else { .noisy }
        return Judgement(target: target, verdict: verdict, column: column, peer: peer, spread: spread)
    }

    /// A figure that is compared with nothing has to hold in every round.
    private func judgeItself(_ target: Target, _ column: String, _ figures: [Double?]) -> Judgement {
        let spread = figures.contains { $0 == nil } ? nil : Spread(figures.compactMap { $0 })
        let verdict = spread.map { $0.maximum <= target.atMost ? Verdict.pass : .miss } ?? .failed
        return Judgement(target: target, verdict: verdict, column: column, peer: nil, spread: spread)
    }

    /// Who of these has the lowest median.
    func cheapest(of names: [String]) -> String? {
        names.compactMap { name in spread(name).map { (name, $0.median) } }.min { $0.1 < $1.1 }?.0
    }
}

/// Ours divided by the peer's, round by round; `nil` where one side failed.
public func perRoundRatios(_ ours: [Double?], _ peer: [Double?]) -> [Double?]? {
    guard ours.count == peer.count else { return nil }
    return zip(ours, peer).map { mine, theirs in
        guard let mine, let theirs, theirs > 0 else { return nil }
        return mine / theirs
    }
}
