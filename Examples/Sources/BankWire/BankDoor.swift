/// What a drill asks of a bank that was started with a token: `door TOKEN COMMAND`. Answered with `ok`.
public enum BankDoor: Hashable, Sendable {
    /// A place in the bank's work at which it can be held.
    public enum Point: String, CaseIterable, Sendable {
        /// The entry is on disk, nothing has been said yet.
        case afterWrite = "after-write"
        /// The answer has left.
        case afterAnswer = "after-answer"
    }

    /// What becomes of an answer.
    public enum Mishap: Hashable, Sendable {
        case lost
        case doubled
        /// After so many milliseconds.
        case late(Int)
    }

    /// The next request that comes there waits. Answered when one does, with `held`.
    case hold(Point)
    /// What was held goes on.
    case release
    /// So many of the next answers.
    case mishap(Mishap, count: Int)
    /// Every connection of a shop is closed.
    case cut
    /// Says the answer to a key once more, to everybody.
    case again(key: String)

    public init?(_ words: [String]) {
        switch (words.first, words.count) {
        case ("hold", 2):
            guard let point = Point(rawValue: words[1]) else { return nil }
            self = .hold(point)
        case ("release", 1): self = .release
        case ("cut", 1): self = .cut
        case ("again", 2) where BankKey.isKey(words[1]): self = .again(key: words[1])
        case ("mishap", 3...4):
            guard let count = Int(words[2]), count > 0 else { return nil }
            switch (words[1], words.count) {
            case ("lost", 3): self = .mishap(.lost, count: count)
            case ("doubled", 3): self = .mishap(.doubled, count: count)
            case ("late", 4):
                guard let time = Int(words[3]), (0...60_000).contains(time) else { return nil }
                self = .mishap(.late(time), count: count)
            default: return nil
            }
        default: return nil
        }
    }

    /// The words behind the token.
    public var words: String {
        switch self {
        case .hold(let point): "hold \(point.rawValue)"
        case .release: "release"
        case .mishap(.lost, let count): "mishap lost \(count)"
        case .mishap(.doubled, let count): "mishap doubled \(count)"
        case .mishap(.late(let time), let count): "mishap late \(count) \(time)"
        case .cut: "cut"
        case .again(let key): "again \(key)"
        }
    }
}
