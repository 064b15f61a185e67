/// Gives the items of a stream, one by one.
@usableFromInline enum StreamSource<Input> {
    @usableFromInline typealias Next = nonisolated(nonsending) () async throws -> Input?
    case awaiting(Next)
    /// That of which each item is there at once.
    case plain(() -> Input?)

    @inlinable static func sequence<S: Sequence & Sendable>(_ items: S) -> @Sendable () -> StreamSource<S.Element>
    where Input == S.Element {
        {
            var iterator = items.makeIterator()
            return .plain { iterator.next() }
        }
    }

    @inlinable static func asyncSequence<S: AsyncSequence & Sendable>(
        _ items: S
    ) -> @Sendable () -> StreamSource<S.Element>
    where Input == S.Element {
        {
            var iterator = items.makeAsyncIterator()
            return .awaiting { try await iterator.next(isolation: #isolation) }
        }
    }
}

/// What is done with each item of a stream.
@usableFromInline enum StreamBody<Input: Sendable, Value: Sendable>: Sendable {
    case awaiting(@Sendable (Input) async throws -> Value)
    /// What awaits nothing.
    case plain(@Sendable (Input) throws -> Value)
}

/// The items of one run with what is to be done with each, without their types.
@usableFromInline enum StreamFeed {
    @usableFromInline typealias Work = @Sendable (PlainProcess<Never>) async throws -> Void

    /// The next item and its work; nil when there is none any more.
    @usableFromInline typealias Next = nonisolated(nonsending) () async throws -> (item: StreamItem, work: Work)?
    case awaiting(Next)
    /// Where neither has to be waited for: the next item, and one work for all of them, so that none has a closure of its
    /// own, and no async function is entered for it.
    case plain(() -> StreamItem?, PlainBody<Never>.Sole)

    @inlinable static func maker<Input: Sendable, Value: Sendable>(
        _ source: @escaping @Sendable () -> StreamSource<Input>, _ body: StreamBody<Input, Value>
    ) -> @Sendable () -> StreamFeed {
        {
            let items = source()
            switch (items, body) {
            case (.plain(let next), .plain(let body)):
                let nextItem = { () -> StreamItem? in
                    guard let input = next() else { return nil }
                    let item = StreamItem.holding(input)
                    // A copy for the body, where its value will be: the other one is whoever's who asks for the outcome.
                    item.value.store(input)
                    return item
                }
                return .plain(nextItem) {
                    let item = unsafeDowncast($0, to: StreamItem.self)
                    item.returned(try body(item.value.take(as: Input.self)))
                }
            case (_, .plain(let body)):
                return .awaiting {
                    guard let input = try await Self.next(of: items) else { return nil }
                    let item = StreamItem.holding(input)
                    return (item, { _ in item.returned(try body(input)) })
                }
            case (_, .awaiting(let body)):
                return .awaiting {
                    guard let input = try await Self.next(of: items) else { return nil }
                    let item = StreamItem.holding(input)
                    return (item, { _ in item.returned(try await body(input)) })
                }
            }
        }
    }

    @inlinable nonisolated(nonsending) static func next<Input>(of source: StreamSource<Input>) async throws -> Input? {
        switch source {
        case .plain(let next): next()
        case .awaiting(let next): try await next()
        }
    }
}

extension StreamItem {
    @inlinable static func holding<Input: Sendable>(_ input: Input) -> StreamItem {
        let item = StreamItem()
        item.input.store(input)
        return item
    }
}
