/// Memory in cache lines of its own: what lay beside it would go from core to core with it, whoever writes it.
enum OwnLines {
    /// A cache line and its neighbour, which processors fetch together.
    private static var room: Int { 128 }

    static func allocate<Value: ~Copyable>(_ type: Value.Type, count: Int = 1) -> UnsafeMutablePointer<Value> {
        let size = MemoryLayout<Value>.stride * count
        return UnsafeMutableRawPointer.allocate(byteCount: (size + room - 1) / room * room, alignment: room)
            .bindMemory(to: Value.self, capacity: count)
    }
}
