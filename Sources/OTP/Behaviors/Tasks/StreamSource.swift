/// Gives the items of a stream, one by one.
@usableFromInline struct StreamSource<Input> {
    @usableFromInline typealias Next = nonisolated(nonsending) () async throws -> Input?
    @usableFromInline let next: Next

    @inlinable init(_ next: @escaping Next) { self.next = next }

    @inlinable static func sequence<S: Sequence & Sendable>(_ items: S) -> @Sendable () -> StreamSource<S.Element>
    where Input == S.Element {
        {
            var iterator = items.makeIterator()
            return StreamSource { iterator.next() }
        }
    }

    @inlinable static func asyncSequence<S: AsyncSequence & Sendable>(
        _ items: S
    ) -> @Sendable () -> StreamSource<S.Element>
    where Input == S.Element {
        {
            var iterator = items.makeAsyncIterator()
            return StreamSource { try await iterator.next(isolation: #isolation) }
        }
    }
}

/// The items of one run with what is to be done with each, without their types.
@usableFromInline struct StreamFeed {
    @usableFromInline typealias Work = @Sendable (PlainProcess<Never>) async throws -> Void

    /// The next item and its work; nil when there is none any more.
    @usableFromInline typealias Next = nonisolated(nonsending) () async throws -> (item: StreamItem, work: Work)?
    @usableFromInline let next: Next

    @inlinable init(_ next: @escaping Next) { self.next = next }

    @inlinable static func maker<Input: Sendable, Value: Sendable>(
        _ source: @escaping @Sendable () -> StreamSource<Input>,
        _ body: @escaping @Sendable (Input, PlainProcess<Never>) async throws -> Value
    ) -> @Sendable () -> StreamFeed {
        {
            let source = source()
            return StreamFeed {
                guard let input = try await source.next() else { return nil }
                let item = StreamItem()
                item.input.store(input)
                return (item, { me in item.returned(try await body(input, me), me) })
            }
        }
    }
}
