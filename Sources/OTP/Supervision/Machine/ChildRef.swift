/// One run of one child: its place and which of its lives. What is said about an earlier life is recognised and ignored.
struct ChildRef: Hashable, Sendable {
    let slot: Int
    /// Counted over all children of a supervisor, from 1.
    let life: UInt64
}
