/// A behaviour whose state is made inside its process when that starts: ``GenServer`` and ``GenStateMachine``.
///
/// What they have in common is written once, here: `start`, `startLink`, `startMonitor`, and `child`, by which one stands
/// in a tree. Nothing outside the library conforms to it directly.
public protocol StatefulBehavior: ProcessBehavior {
    /// The process as handlers see it.
    typealias Me = ProcessContext<Self>

    /// How the library runs this kind of process. Not to be implemented outside it.
    static func _makeCell(_ blueprint: ServerBlueprint<Self>) -> ServerProcess<Self>
}
