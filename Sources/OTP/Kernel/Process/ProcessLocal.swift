/// A place for a value of one's own in each process that uses it: for code that cannot be given an argument.
///
/// ```swift
/// let traceID = ProcessLocal<String>("trace id")
///
/// me.put("4711", in: traceID)
/// let id = traceID.value      // anywhere in the process's own code
/// ```
///
/// Only the process itself reads and writes it; it ends with the process and is not handed on to others. A server's
/// state is its own value; this is for what runs through layers that know nothing of it. Erlang: the process dictionary.
public final class ProcessLocal<Value: Sendable>: Sendable, CustomStringConvertible {
    /// What is shown to people. Two places with the same name are two places.
    public let name: String

    /// A place that is empty in every process.
    public init(_ name: String) { self.name = name }

    /// The value in the process whose own code runs; nil if there is none, and outside any process.
    /// Erlang: `get/1`; Elixir: `Process.get/1`.
    public var value: Value? { CurrentProcess.cell?.local(self) }

    public var description: String { name }

    var key: LocalKey { LocalKey(place: ObjectIdentifier(self), local: self) }
}

/// A place among those of a process.
struct LocalKey: Hashable, Sendable {
    let place: ObjectIdentifier
    /// Keeps the place alive, and with it its identity.
    let local: any CustomStringConvertible & Sendable

    static func == (a: LocalKey, b: LocalKey) -> Bool { a.place == b.place }
    func hash(into hasher: inout Hasher) { hasher.combine(place) }
}

extension ProcessCell {
    final func local<Value>(_ local: ProcessLocal<Value>) -> Value? {
        guarding.withLock { relations?.rare?.locals[local.key] } as? Value
    }

    fileprivate final func setLocal<Value>(_ local: ProcessLocal<Value>, _ value: Value?) -> Value? {
        let old = guarding.withLock { () -> (any Sendable)? in
            if let value { return tied.rarely.locals.updateValue(value, forKey: local.key) }
            return relations?.rare?.locals.removeValue(forKey: local.key)
        }
        return old as? Value
    }

    /// The places that hold something, and what; by name.
    final var localValues: [(name: String, value: any Sendable)] {
        let locals = guarding.withLock { relations?.rare?.locals ?? [:] }
        return locals.map { (name: "\($0.key.local)", value: $0.value) }.sorted { $0.name < $1.name }
    }
}

extension ProcessContext {
    /// Puts a value into a place of this process; returns what was there before. Erlang: `put/2`.
    @discardableResult public func put<Value: Sendable>(_ value: Value, in local: ProcessLocal<Value>) -> Value? {
        isVoid ? nil : cell.setLocal(local, value)
    }

    /// What is in a place of this process; nil if nothing is. Erlang: `get/1`.
    public func get<Value: Sendable>(_ local: ProcessLocal<Value>) -> Value? { cell.local(local) }

    /// Empties a place of this process; returns what was there. Erlang: `erase/1`.
    @discardableResult public func erase<Value: Sendable>(_ local: ProcessLocal<Value>) -> Value? {
        isVoid ? nil : cell.setLocal(local, nil)
    }

    /// The names of the places that hold something, sorted. Erlang: `get_keys/0`.
    public var localNames: [String] { cell.localValues.map(\.name) }

    /// The names of the places that hold this value, sorted. Erlang: `get_keys/1`.
    public func localNames<Value: Equatable & Sendable>(holding value: Value) -> [String] {
        cell.localValues.filter { $0.value as? Value == value }.map(\.name)
    }
}

extension PlainProcess {
    /// See ``ProcessContext/put(_:in:)``.
    @discardableResult public func put<Value: Sendable>(_ value: Value, in local: ProcessLocal<Value>) -> Value? {
        context.put(value, in: local)
    }

    /// See ``ProcessContext/get(_:)``.
    public func get<Value: Sendable>(_ local: ProcessLocal<Value>) -> Value? { context.get(local) }

    /// See ``ProcessContext/erase(_:)``.
    @discardableResult public func erase<Value: Sendable>(_ local: ProcessLocal<Value>) -> Value? {
        context.erase(local)
    }

    /// See ``ProcessContext/localNames``.
    public var localNames: [String] { context.localNames }

    /// See ``ProcessContext/localNames(holding:)``.
    public func localNames<Value: Equatable & Sendable>(holding value: Value) -> [String] {
        context.localNames(holding: value)
    }
}
