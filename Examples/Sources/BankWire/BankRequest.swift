/// What a shop asks of its bank: one line of words.
public enum BankRequest: Hashable, Sendable {
    /// Take `amount` cents under `key`.
    case capture(key: String, amount: Int)
    /// Give `amount` cents of the capture under `capture` back, under a key of its own.
    case refund(key: String, amount: Int, of: String)

    /// What the answer will name.
    public var key: String {
        switch self {
        case .capture(let key, _), .refund(let key, _, _): key
        }
    }

    public init?(_ line: String) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count >= 3, BankKey.isKey(words[1]), let amount = Int(words[2]), amount > 0 else { return nil }
        switch (words[0], words.count) {
        case ("capture", 3): self = .capture(key: words[1], amount: amount)
        case ("refund", 4) where BankKey.isKey(words[3]): self = .refund(key: words[1], amount: amount, of: words[3])
        default: return nil
        }
    }

    public var line: String {
        switch self {
        case .capture(let key, let amount): "capture \(key) \(amount)"
        case .refund(let key, let amount, let capture): "refund \(key) \(amount) \(capture)"
        }
    }
}

/// What a bank takes for a key.
public enum BankKey {
    public static func isKey(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
