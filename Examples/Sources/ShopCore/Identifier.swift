/// Names that come from outside: letters, digits, `-` and `_`, nothing that means anything to a path or a query.
public enum Identifier {
    public static let longest = 64

    /// The text itself when it may be used as the name of `what`.
    public static func checked(_ text: String, _ what: String) throws(Problem) -> String {
        let bytes = text.utf8
        guard (1...longest).contains(bytes.count) else {
            throw .invalid("bad_name", "\(what) must have 1 to \(longest) characters, not \(bytes.count)")
        }
        guard bytes.allSatisfy(isAllowed) else {
            throw .invalid("bad_name", "\(what) may hold only letters, digits, '-' and '_'")
        }
        return text
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }
}
