/// What makes a message of the end of another process, without the type of the message: whoever keeps it need not know
/// that, each look-up of which costs some three hundred instructions.
///
/// A function is two words: where its code is, and what it has captured, an object of Swift's own or nothing. As a field of
/// a generic struct it always has the same calling convention, whoever made it. Here both words are kept as such, and
/// counted as the object they hold on to. Whoever takes it back has to name the same type: a process's messages are of one
/// type for life, and it keeps only what it has been given itself.
struct DownHandler: Sendable {
    /// Never looked into: only for the counting of its references.
    private final class Captured: Sendable {}

    /// The function as the compiler stores it.
    private struct Function<Info> {
        let make: @Sendable (DownMessage) -> Info
    }

    /// The same as two words.
    // @unchecked because it stands for a function that may be sent.
    private struct Words: @unchecked Sendable {
        let code: UInt
        let captured: Captured?
    }

    private let words: Words
    #if DEBUG
        private let type: Any.Type
    #endif

    init<Info>(_ make: @escaping @Sendable (DownMessage) -> Info) {
        words = unsafeBitCast(Function(make: make), to: Words.self)
        #if DEBUG
            type = Info.self
        #endif
    }

    /// The function again.
    func function<Info>(_ info: Info.Type) -> @Sendable (DownMessage) -> Info {
        #if DEBUG
            precondition(type == info, "a handler of ends for another type of message")
        #endif
        return unsafeBitCast(words, to: Function<Info>.self).make
    }
}
