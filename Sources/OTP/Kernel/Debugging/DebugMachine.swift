/// What watches one process: a log of its last events, sinks that they are printed to, installed functions. Takes each
/// event and says which sinks get it.
struct DebugMachine {
    /// The last events, as many as were asked for.
    struct Log {
        let limit: Int
        private(set) var events: [SystemEvent] = []

        init(keeping limit: Int) { self.limit = max(limit, 1) }

        mutating func append(_ event: SystemEvent) {
            if events.count == limit { events.removeFirst() }
            events.append(event)
        }

        /// The same with another limit: the newest stay.
        func keeping(_ limit: Int) -> Log {
            var log = Log(keeping: limit)
            log.events = events.suffix(log.limit)
            return log
        }
    }

    private struct Sink {
        let sink: EventSink
        var left: Int?
    }

    private struct Function {
        let id: DebugID
        var left: Int?
        let take: (SystemEvent) throws -> DebugStep
    }

    private(set) var log: Log?
    private var tracing: Sink?
    private var file: Sink?
    private var functions: [Function] = []

    /// Whether nobody wants to know anything.
    var isIdle: Bool { log == nil && tracing == nil && file == nil && functions.isEmpty }

    /// The ids of the installed functions, oldest first.
    var installed: [DebugID] { functions.map(\.id) }

    var isTracing: Bool { tracing != nil }

    /// Begins to keep events, or changes how many are kept.
    mutating func startLog(keeping limit: Int) { log = log?.keeping(limit) ?? Log(keeping: limit) }
    mutating func stopLog() { log = nil }

    /// Prints the next events, `limit` of them at most; without a sink, or if that is none, prints no more.
    mutating func trace(to sink: EventSink?, limit: Int? = nil) {
        if let limit, limit <= 0 { tracing = nil } else { tracing = sink.map { Sink(sink: $0, left: limit) } }
    }
    mutating func write(to sink: EventSink?) { file = sink.map { Sink(sink: $0, left: nil) } }

    /// False if the id is in use: then nothing changes.
    mutating func install(_ id: DebugID, limit: Int?, _ take: @escaping (SystemEvent) throws -> DebugStep) -> Bool {
        if functions.contains(where: { $0.id == id }) || limit.map({ $0 <= 0 }) == true { return false }
        functions.append(Function(id: id, left: limit, take: take))
        return true
    }

    /// False if there was none.
    mutating func remove(_ id: DebugID) -> Bool {
        let count = functions.count
        functions.removeAll { $0.id == id }
        return functions.count < count
    }

    mutating func removeAll() { self = DebugMachine() }

    /// An event has happened. Functions that are done, have thrown or have had their number are gone afterwards.
    ///
    /// - Returns: Who prints it.
    mutating func take(_ event: SystemEvent) -> [EventSink] {
        log?.append(event)
        if !functions.isEmpty {
            functions = functions.compactMap { function in
                var function = function
                guard (try? function.take(event)) == .keep else { return nil }
                if let left = function.left {
                    if left <= 1 { return nil }
                    function.left = left - 1
                }
                return function
            }
        }
        return [Self.next(&tracing), Self.next(&file)].compactMap { $0 }
    }

    private static func next(_ sink: inout Sink?) -> EventSink? {
        guard let current = sink else { return nil }
        if let left = current.left { sink = left <= 1 ? nil : Sink(sink: current.sink, left: left - 1) }
        return current.sink
    }
}
