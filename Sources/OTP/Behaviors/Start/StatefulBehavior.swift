/// A behaviour whose state is made inside its process when that starts: ``GenServer`` and ``GenStateMachine``.
///
/// What they have in common is written once, here: `start`, `startLink`, `startMonitor`, and `child`, by which one stands
/// in a tree. Nothing outside the library conforms to it directly.
public protocol StatefulBehavior: ProcessBehavior {
    /// The process as handlers see it.
    typealias Me = ProcessContext<Self>

    /// How the library runs this kind of process. Not to be implemented outside it.
    static func _makeCell(_ blueprint: ServerBlueprint<Self>) -> ServerProcess<Self>

    /// Whether a process of this kind can be begun by its starter, on the starter's thread. Not to be implemented outside
    /// the library.
    static var _beginsInline: Bool { get }
    /// Begins the process at `process` with what the function at `make` makes. Not to be implemented outside the library.
    ///
    /// - Returns: Why there is no process; nil if it has begun.
    static func _beginInline(_ process: UnsafeMutableRawPointer, _ make: UnsafeMutableRawPointer) -> StartError.Code?
}

extension StatefulBehavior {
    public static var _beginsInline: Bool { false }
    public static func _beginInline(
        _ process: UnsafeMutableRawPointer, _ make: UnsafeMutableRawPointer
    ) -> StartError.Code? { fatalError("\(Self.self) is begun in a turn of its own") }
}
