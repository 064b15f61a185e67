extension ProcessTask where Value == Never {
    /// Runs `body` over every item, each in a task of its own, linked to the loop that asks for the outcomes.
    /// Elixir: `Task.async_stream/3`.
    ///
    /// - Parameters:
    ///   - items: Where the items come from.
    ///   - maxConcurrency: How many items at most are taken and not done with; nil: as many as the node has workers.
    ///   - isOrdered: Whether the outcomes come in the order of the items, or as they are done.
    ///   - timeout: How long an item may take; nil: as long as it likes.
    ///   - onTimeout: What becomes of one that takes longer.
    ///   - shutdown: How tasks are ended when the loop is left.
    ///   - body: What is done with each item.
    @inlinable public static func asyncStream<S: Sequence & Sendable, T: Sendable>(
        _ items: S, maxConcurrency: Int? = nil, isOrdered: Bool = true, timeout: Duration? = .seconds(5),
        onTimeout: ItemTimeout = .exit, shutdown: Shutdown = .within(.seconds(5)), fileID: StaticString = #fileID,
        line: UInt = #line, body: @escaping @Sendable (S.Element) async throws -> T
    ) -> TaskStream<S.Element, T> where S.Element: Sendable {
        TaskStream(
            source: StreamSource.sequence(items),
            plan: StreamPlan(
                maxConcurrency: maxConcurrency, isOrdered: isOrdered, timeout: timeout, onTimeout: onTimeout,
                shutdown: shutdown, isLinked: true, fileID: fileID, line: line),
            body: .awaiting(body))
    }

    /// The same for work that awaits nothing, which is what the compiler chooses where it can: no frame of a task is made for
    /// it. Elixir: `Task.async_stream/3`.
    @inlinable public static func asyncStream<S: Sequence & Sendable, T: Sendable>(
        _ items: S, maxConcurrency: Int? = nil, isOrdered: Bool = true, timeout: Duration? = .seconds(5),
        onTimeout: ItemTimeout = .exit, shutdown: Shutdown = .within(.seconds(5)), fileID: StaticString = #fileID,
        line: UInt = #line, body: @escaping @Sendable (S.Element) throws -> T
    ) -> TaskStream<S.Element, T> where S.Element: Sendable {
        TaskStream(
            source: StreamSource.sequence(items),
            plan: StreamPlan(
                maxConcurrency: maxConcurrency, isOrdered: isOrdered, timeout: timeout, onTimeout: onTimeout,
                shutdown: shutdown, isLinked: true, fileID: fileID, line: line),
            body: .plain(body))
    }

    /// The same over items that come one after the other, in their own time; an outcome never waits for the next item.
    @inlinable public static func asyncStream<S: AsyncSequence & Sendable, T: Sendable>(
        _ items: S, maxConcurrency: Int? = nil, isOrdered: Bool = true, timeout: Duration? = .seconds(5),
        onTimeout: ItemTimeout = .exit, shutdown: Shutdown = .within(.seconds(5)), fileID: StaticString = #fileID,
        line: UInt = #line, body: @escaping @Sendable (S.Element) async throws -> T
    ) -> TaskStream<S.Element, T> where S.Element: Sendable {
        TaskStream(
            source: StreamSource.asyncSequence(items),
            plan: StreamPlan(
                maxConcurrency: maxConcurrency, isOrdered: isOrdered, timeout: timeout, onTimeout: onTimeout,
                shutdown: shutdown, isLinked: true, fileID: fileID, line: line),
            body: .awaiting(body))
    }

    /// Inside a task: its own process as a body with one argument would see it; nil elsewhere.
    ///
    /// For bodies that get something else, such as an item.
    public static var me: Me? {
        (CurrentProcess.cell as? PlainCell<Never>).map(PlainProcess.init(cell:))
    }
}

extension TaskSupervisor {
    /// Runs `body` over every item, each in a task of its own below this supervisor, linked to the loop that asks for
    /// the outcomes. Elixir: `Task.Supervisor.async_stream/4`.
    ///
    /// The parameters are those of `ProcessTask.asyncStream`.
    @inlinable public func asyncStream<S: Sequence & Sendable, T: Sendable>(
        _ items: S, maxConcurrency: Int? = nil, isOrdered: Bool = true, timeout: Duration? = .seconds(5),
        onTimeout: ItemTimeout = .exit, shutdown: Shutdown = .within(.seconds(5)), fileID: StaticString = #fileID,
        line: UInt = #line, body: @escaping @Sendable (S.Element) async throws -> T
    ) -> TaskStream<S.Element, T> where S.Element: Sendable {
        TaskStream(
            source: StreamSource.sequence(items),
            plan: StreamPlan(
                maxConcurrency: maxConcurrency, isOrdered: isOrdered, timeout: timeout, onTimeout: onTimeout,
                shutdown: shutdown, isLinked: true, supervisor: self, fileID: fileID, line: line),
            body: .awaiting(body))
    }

    /// The same over items that come one after the other, in their own time. Elixir: `Task.Supervisor.async_stream/4`.
    @inlinable public func asyncStream<S: AsyncSequence & Sendable, T: Sendable>(
        _ items: S, maxConcurrency: Int? = nil, isOrdered: Bool = true, timeout: Duration? = .seconds(5),
        onTimeout: ItemTimeout = .exit, shutdown: Shutdown = .within(.seconds(5)), fileID: StaticString = #fileID,
        line: UInt = #line, body: @escaping @Sendable (S.Element) async throws -> T
    ) -> TaskStream<S.Element, T> where S.Element: Sendable {
        TaskStream(
            source: StreamSource.asyncSequence(items),
            plan: StreamPlan(
                maxConcurrency: maxConcurrency, isOrdered: isOrdered, timeout: timeout, onTimeout: onTimeout,
                shutdown: shutdown, isLinked: true, supervisor: self, fileID: fileID, line: line),
            body: .awaiting(body))
    }

    /// Runs `body` over every item; one that fails is an element of the outcomes and harms nobody.
    /// Elixir: `Task.Supervisor.async_stream_nolink/4`.
    ///
    /// The parameters are those of `ProcessTask.asyncStream`.
    @inlinable public func asyncStreamNoLink<S: Sequence & Sendable, T: Sendable>(
        _ items: S, maxConcurrency: Int? = nil, isOrdered: Bool = true, timeout: Duration? = .seconds(5),
        onTimeout: ItemTimeout = .exit, shutdown: Shutdown = .within(.seconds(5)), fileID: StaticString = #fileID,
        line: UInt = #line, body: @escaping @Sendable (S.Element) async throws -> T
    ) -> TaskStream<S.Element, T> where S.Element: Sendable {
        TaskStream(
            source: StreamSource.sequence(items),
            plan: StreamPlan(
                maxConcurrency: maxConcurrency, isOrdered: isOrdered, timeout: timeout, onTimeout: onTimeout,
                shutdown: shutdown, isLinked: false, supervisor: self, fileID: fileID, line: line),
            body: .awaiting(body))
    }

    /// The same over items that come one after the other. Elixir: `Task.Supervisor.async_stream_nolink/4`.
    @inlinable public func asyncStreamNoLink<S: AsyncSequence & Sendable, T: Sendable>(
        _ items: S, maxConcurrency: Int? = nil, isOrdered: Bool = true, timeout: Duration? = .seconds(5),
        onTimeout: ItemTimeout = .exit, shutdown: Shutdown = .within(.seconds(5)), fileID: StaticString = #fileID,
        line: UInt = #line, body: @escaping @Sendable (S.Element) async throws -> T
    ) -> TaskStream<S.Element, T> where S.Element: Sendable {
        TaskStream(
            source: StreamSource.asyncSequence(items),
            plan: StreamPlan(
                maxConcurrency: maxConcurrency, isOrdered: isOrdered, timeout: timeout, onTimeout: onTimeout,
                shutdown: shutdown, isLinked: false, supervisor: self, fileID: fileID, line: line),
            body: .awaiting(body))
    }
}
