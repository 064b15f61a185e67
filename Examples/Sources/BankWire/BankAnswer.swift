/// What a bank says to a request, in one line that names its key. The same key is always answered the same.
public enum BankAnswer: Hashable, Sendable {
    /// The money has moved; `receipt` is the number of the entry in the bank's ledger.
    case done(key: String, amount: Int, receipt: Int)
    /// The money will never move under this key. `why` is one word.
    case refused(key: String, why: String)
    /// The key belongs to another request, which this is not an answer to.
    case keyReused(key: String)

    public var key: String {
        switch self {
        case .done(let key, _, _), .refused(let key, _), .keyReused(let key): key
        }
    }

    public init?(_ line: String) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count >= 2, BankKey.isKey(words[1]) else { return nil }
        switch (words[0], words.count) {
        case ("done", 4):
            guard let amount = Int(words[2]), let receipt = Int(words[3]) else { return nil }
            self = .done(key: words[1], amount: amount, receipt: receipt)
        case ("refused", 3): self = .refused(key: words[1], why: words[2])
        case ("key-reused", 2): self = .keyReused(key: words[1])
        default: return nil
        }
    }

    public var line: String {
        switch self {
        case .done(let key, let amount, let receipt): "done \(key) \(amount) \(receipt)"
        case .refused(let key, let why): "refused \(key) \(why)"
        case .keyReused(let key): "key-reused \(key)"
        }
    }
}
