/// Shortens printed values by their brackets alone; what is no proper nesting is shortened somehow, and never refused.
enum NestedText {
    /// Leaves out what is nested deeper than `depth`, and of the elements in each pair of brackets those beyond what is
    /// left of the depth there. Brackets in quotation marks do not count.
    static func cut(_ text: String, depth: Int) -> String {
        var result = ""
        result.reserveCapacity(min(text.utf8.count, 4_096))
        // Of each open pair of brackets, how many elements may still begin in it.
        var open: [Int] = []
        // The number of open pairs when skipping began.
        var skipping: Int?
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if isQuoted {
                if skipping == nil { result.append(character) }
                if isEscaped {
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"" {
                    isQuoted = false
                }
                continue
            }
            switch character {
            case "\"": isQuoted = true
            case "(", "[", "{":
                if skipping == nil { result.append(character) }
                open.append(depth - open.count)
                if skipping == nil, open[open.count - 1] <= 0 {
                    result.append("…")
                    skipping = open.count
                }
                continue
            case ")", "]", "}":
                if let level = skipping, open.count == level { skipping = nil }
                _ = open.popLast()
            case ",":
                guard skipping == nil, let last = open.indices.last else { break }
                open[last] -= 1
                guard open[last] <= 0 else { break }
                result.append(", …")
                skipping = open.count
                continue
            default: break
            }
            if skipping == nil { result.append(character) }
        }
        return result
    }

    /// At most so many characters; the last one says that there are more.
    static func cut(_ text: String, characters: Int) -> String {
        guard text.count > characters else { return text }
        return characters > 0 ? text.prefix(characters - 1) + "…" : ""
    }

    /// Without breaks of lines; what indents a line goes with the break.
    static func joined(_ text: String) -> String {
        guard text.contains(where: \.isNewline) else { return text }
        return text.split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }.joined(separator: " ")
    }
}
