/// What becomes of each item when a function is run over all of them, each in a task of its own, some at a time.
/// Elixir: the stream of `Task.async_stream/3`.
///
/// ```swift
/// for try await outcome in mails.asyncStreamNoLink(customers, maxConcurrency: 8, body: { try await mail($0) }) {
///     if case .failure(let failure) = outcome { retry(failure.input) }
/// }
/// ```
///
/// It is a value: each loop over it runs the function anew, in tasks that belong to whoever runs the loop. Nothing is
/// taken from the source before the first outcome is asked for; from then on there are never more than
/// `maxConcurrency` items taken whose outcome the loop is not done with. A loop that is left early, by `break`, an
/// error or cancellation, ends the tasks that still run.
///
/// A *linked* stream fails as a whole: an item that fails ends the process that runs the loop, unless that traps exits;
/// in an ordinary Swift task the loop throws. For a process that traps exits, and in an unlinked stream, the failure is
/// an element, with its input.
public struct TaskStream<Input: Sendable, Value: Sendable>: AsyncSequence, Sendable {
    /// The outcome of one item.
    public typealias Element = Result<Value, ItemFailure<Input>>
    /// What a loop throws is told at ``AsyncIterator/next()``.
    public typealias Failure = any Error

    @usableFromInline let source: @Sendable () -> StreamSource<Input>
    @usableFromInline let body: StreamBody<Input, Value>
    @usableFromInline let plan: StreamPlan

    @inlinable init(
        source: @escaping @Sendable () -> StreamSource<Input>, plan: StreamPlan, body: StreamBody<Input, Value>
    ) {
        self.source = source
        self.body = body
        self.plan = plan
    }

    @inlinable public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(StreamRun(plan, StreamFeed.maker(source, body)))
    }

    /// One run through the stream.
    public struct AsyncIterator: AsyncIteratorProtocol {
        @usableFromInline let run: StreamRun
        private let guardian: TaskTie

        @usableFromInline init(_ run: StreamRun) {
            self.run = run
            guardian = TaskTie { run.end() }
        }

        /// The next outcome; nil when all have been given out.
        ///
        /// - Throws: What the source threw; ``TaskFailure`` when an item took too long or, of a linked stream, failed;
        ///   ``SupervisorError`` when the supervisor has no room; ``TaskOptionError``; `CancellationError`. The stream is
        ///   over then.
        @inlinable public nonisolated(nonsending) mutating func next() async throws -> Element? {
            while true {
                switch try run.beginNext() {
                case .outcome(let outcome): return outcome.result()
                case .finished: return nil
                case .inside(let waiter, let slot):
                    await waiter.hub.suspend()
                    try run.endNext(waiter, slot)
                case .outside(let slot): try await run.waitOutside(slot)
                }
            }
        }

        /// As ``next()``.
        @inlinable public mutating func next(isolation: isolated (any Actor)?) async throws -> Element? {
            try await next()
        }
    }
}

/// Why an item of a ``TaskStream`` has no value, and which item it was. Elixir: `{:exit, {input, reason}}`.
public struct ItemFailure<Input: Sendable>: Error, CustomStringConvertible {
    /// The item.
    public let input: Input
    /// What became of its task: `.timeout` or `.exited`.
    public let failure: TaskFailure

    /// For tests of code that handles failed items.
    public init(input: Input, failure: TaskFailure) {
        self.input = input
        self.failure = failure
    }

    public var description: String { "item \(input): \(failure)" }
}

/// What becomes of a stream when one of its items takes too long. Elixir: `on_timeout` of `Task.async_stream/3`.
public enum ItemTimeout: Sendable, Hashable {
    /// The loop throws ``TaskFailure`` `.timeout`, and all other items end.
    case exit
    /// The item's task is killed, and its outcome is the failure `.timeout`.
    case killTask
}

/// An option of a stream is out of range.
public struct TaskOptionError: Error, Hashable, CustomStringConvertible {
    /// What was wrong with which.
    public let description: String
}
