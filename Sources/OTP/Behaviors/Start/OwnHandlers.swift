internal import Synchronization

/// What has been learned of types of servers: that they begin and end with the library's `handleStart` and `terminate`,
/// which do nothing, and not with their own, which may suspend.
///
/// Those of the library say so when they run. What they say holds for good: a type does not change its handlers.
/// A type for which there is no place in the table, after some thousands of others, is begun and ended as if it had them.
@usableFromInline enum OwnHandlers {
    /// A handler that a server need not have.
    @usableFromInline enum Handler {
        @usableFromInline static var start: UInt { 1 }
        @usableFromInline static var terminate: UInt { 2 }
        /// That of machines: not in the table, but known of each from its start.
        @usableFromInline static var enter: UInt { 4 }
        /// Addresses of types are multiples of eight.
        static var all: UInt { 7 }
    }

    private static let size = 4096
    /// How many places a type may stand in.
    private static let reach = 8
    // Each entry is one atomic word: the address of a type, and in its lowest bits what is known.
    private nonisolated(unsafe) static let table: UnsafeMutablePointer<Atomic<UInt>> = {
        let table = UnsafeMutablePointer<Atomic<UInt>>.allocate(capacity: size)
        for i in 0..<size { (table + i).initialize(to: Atomic(0)) }
        return table
    }()

    private static func key(_ type: Any.Type) -> UInt {
        UInt(bitPattern: unsafeBitCast(type, to: UnsafeRawPointer.self))
    }

    private static func place(_ key: UInt, _ step: Int) -> UnsafeMutablePointer<Atomic<UInt>> {
        let home = Int(truncatingIfNeeded: ((key >> 3) &* 0x9E37_79B9_7F4A_7C15) >> 52)
        return table + ((home &+ step) & (size &- 1))
    }

    /// The type has none of its own.
    @usableFromInline static func learn(_ handler: UInt, isMissingIn type: Any.Type) {
        let key = key(type)
        for step in 0..<reach {
            let place = place(key, step)
            var known = place.pointee.load(ordering: .relaxed)
            if known == 0 {
                let (isMine, now) = place.pointee.compareExchange(
                    expected: 0, desired: key | handler, ordering: .relaxed)
                if isMine { return }
                known = now
            }
            guard known & ~Handler.all == key else { continue }
            if known & handler == 0 { place.pointee.bitwiseOr(handler, ordering: .relaxed) }
            return
        }
        // No place is left: the type goes on without.
    }

    /// Whether the type is known to have none of its own.
    @usableFromInline static func isMissing(_ handler: UInt, in type: Any.Type) -> Bool {
        let key = key(type)
        for step in 0..<reach {
            let known = place(key, step).pointee.load(ordering: .relaxed)
            if known & ~Handler.all == key { return known & handler != 0 }
            if known == 0 { return false }
        }
        return false
    }
}
