/// Where a loop that calls handlers is sure on which executor it runs, so that the compiler need not make sure after each.
///
/// After each `await` of a protocol's method the compiler changes back to the executor of the function, at the cost of some
/// ninety instructions and a compare-and-swap of sixteen bytes, and leaves that in place when the method turns out not to
/// suspend. It takes the change out where another one precedes it, and nothing in between suspends. So a loop marks the
/// executor before it begins and after whatever suspends; a handler that does not suspend then costs no change at all.
///
/// The marks have a second use. The compiler (6.3.1) forgets to change back at the end of a specialised function whose last
/// `await` is on an actor: without a mark, its caller would go on as that actor's guest.
@usableFromInline enum KnownExecutor {
    /// A change to the executor of the calling function; free where the compiler knows that it is there.
    @inlinable @inline(__always) nonisolated(nonsending) static func mark() async { await mark(Nothing.self) }

    /// By way of a protocol, so that the compiler does not see too early that nothing is awaited.
    @inlinable @inline(__always) nonisolated(nonsending) static func mark<T: Awaitable>(_ type: T.Type) async {
        await T.nothing()
    }

    @usableFromInline protocol Awaitable {
        nonisolated(nonsending) static func nothing() async
    }

    @usableFromInline enum Nothing: Awaitable {
        @inlinable @inline(__always) static func nothing() {}
    }
}
