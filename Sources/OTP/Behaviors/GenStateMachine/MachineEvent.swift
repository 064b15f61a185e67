/// Something that happens to a machine. Erlang: event type and event content.
public enum MachineEvent<Machine: GenStateMachine>: Sendable {
    /// A request that is answered.
    case call(Machine.Call)
    /// A request that is not.
    case cast(Machine.Cast)
    /// Any other message.
    case info(Machine.Info)
    /// What the machine has inserted itself.
    case `internal`(Machine.Internal)
    /// A state, event or named timeout has come: which, was said when it was set.
    case timeout(Machine.Timeout)
}

extension MachineEvent: CustomStringConvertible {
    public var description: String {
        switch self {
        case .call(let call): "call \(call)"
        case .cast(let cast): "cast \(cast)"
        case .info(let info): "info \(info)"
        case .internal(let event): "internal \(event)"
        case .timeout(let timeout): "timeout \(timeout)"
        }
    }

    /// The name of the enum case that the event carries.
    var caseName: String {
        switch self {
        case .call(let call): CaseName.of(call)
        case .cast(let cast): CaseName.of(cast)
        case .info(let info): CaseName.of(info)
        case .internal(let event): CaseName.of(event)
        case .timeout(let timeout): CaseName.of(timeout)
        }
    }
}

/// Finds what to call a value in a graph.
enum CaseName {
    /// The name of an enum's case, without what it carries; of anything else what it prints.
    static func of<Value>(_ value: Value) -> String {
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .enum, let label = mirror.children.first?.label { return label }
        return String(describing: value)
    }
}
