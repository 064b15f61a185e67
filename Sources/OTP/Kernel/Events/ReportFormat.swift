/// How the text of a report is laid out, and how much of it there is. Erlang: `depth`, `chars_limit` and `single_line`
/// of `logger_formatter` and of the report callbacks.
///
/// ```swift
/// node.reportFormat = ReportFormat(depth: 20, charactersLimit: 4_000, isSingleLine: true)
/// ```
public struct ReportFormat: Sendable, Hashable {
    /// Of what is nested, how much is printed: inside as many brackets as this, nothing; inside fewer, as many elements
    /// as are left. Nil: all. Erlang: `depth`.
    public var depth: Int?
    /// The most characters that the whole text may have; nil: as many as there are. What is long is cut first, so that
    /// short fields stay whole, and the reason of a crash last. Erlang: `chars_limit`.
    public var charactersLimit: Int?
    /// Whether the text is one line. Erlang: `single_line`.
    public var isSingleLine: Bool

    /// - Parameters:
    ///   - depth: How deep and how far what is nested is printed; nil: all.
    ///   - charactersLimit: The most characters of the text; nil: as many as there are.
    ///   - isSingleLine: Whether the text is one line.
    public init(depth: Int? = nil, charactersLimit: Int? = nil, isSingleLine: Bool = false) {
        self.depth = depth
        self.charactersLimit = charactersLimit
        self.isSingleLine = isSingleLine
    }
}
