internal import Synchronization

/// What has been learned of types of servers: that they begin and end with the library's `handleStart` and `terminate`,
/// which do nothing, and not with their own, which may suspend.
///
/// Those of the library say so when they run. What they say holds for good: a type does not change its handlers.
/// Where two types meet in the table one forgets the other, which is learned anew at its next start.
@usableFromInline enum OwnHandlers {
    /// A handler that a server need not have.
    @usableFromInline enum Handler {
        @usableFromInline static var start: UInt { 1 }
        @usableFromInline static var terminate: UInt { 2 }
        /// Addresses of types are multiples of eight.
        static var all: UInt { 7 }
    }

    private static let size = 1024
    // Each entry is one atomic word: the address of a type, and in its lowest bits what is known.
    private nonisolated(unsafe) static let table: UnsafeMutablePointer<Atomic<UInt>> = {
        let table = UnsafeMutablePointer<Atomic<UInt>>.allocate(capacity: size)
        for i in 0..<size { (table + i).initialize(to: Atomic(0)) }
        return table
    }()

    private static func key(_ type: Any.Type) -> UInt {
        UInt(bitPattern: unsafeBitCast(type, to: UnsafeRawPointer.self))
    }
    private static func place(_ key: UInt) -> UnsafeMutablePointer<Atomic<UInt>> {
        table + Int(truncatingIfNeeded: ((key >> 3) &* 0x9E37_79B9_7F4A_7C15) >> 54)
    }

    /// The type has none of its own.
    @usableFromInline static func learn(_ handler: UInt, isMissingIn type: Any.Type) {
        let key = key(type)
        let place = place(key)
        let known = place.pointee.load(ordering: .relaxed)
        if known & ~Handler.all != key {
            place.pointee.store(key | handler, ordering: .relaxed)
        } else if known & handler == 0 {
            place.pointee.store(known | handler, ordering: .relaxed)
        }
    }

    /// Whether the type is known to have none of its own.
    @usableFromInline static func isMissing(_ handler: UInt, in type: Any.Type) -> Bool {
        let key = key(type)
        let known = place(key).pointee.load(ordering: .relaxed)
        return known & ~Handler.all == key && known & handler != 0
    }
}
