/// A handler of an event manager has failed and was removed, or its `terminate` has when another was to take its place. Erlang: the
/// error report of `gen_event`.
public struct HandlerCrashReport: Report {
    /// The manager's process.
    public let manager: PID
    /// Its names.
    public let managerNames: [String]
    /// Which handler.
    public let handler: AnyHandlerID
    /// What it threw, as its `formatReason` shows it; or that another could not be made in its place, and why, as the
    /// `formatReason` of that one shows it.
    public let error: any Error
    /// What it was handling, as the manager or its own `formatMessage` shows it.
    public let lastMessage: String
    /// Its state, as its `formatStatus` shows it; nil if there was none yet.
    public let state: String?

    public var logLevel: String { "error" }
    public var metadata: [String: String] {
        var metadata = [
            "otp.pid": "\(manager)", "otp.handler": "\(handler)", "otp.reason": Rendering.limited("\(error)"),
        ]
        if !managerNames.isEmpty { metadata["otp.name"] = managerNames.joined(separator: ", ") }
        return metadata
    }
    public var description: String {
        let name = managerNames.first.map { "\($0) " } ?? ""
        return "handler \(handler) of event manager \(name)\(manager) failed and was removed: \(error); "
            + "last message: \(lastMessage)\(state.map { "; state: \($0)" } ?? "")"
    }

    public func formatted(_ format: ReportFormat) -> String {
        var text = ReportText()
        text.add("handler", "\(handler)")
        text.add("event manager", "\(manager)")
        text.add("registered names", managerNames)
        text.add("reason", "\(error)")
        text.add("last message", lastMessage)
        text.add("state", state)
        return text.formatted(format)
    }
}

/// None of the handlers of an event manager understood a message. Erlang: the warning about an undefined `handle_info`.
public struct UnhandledInfoReport: Report {
    /// The manager's process.
    public let pid: PID
    /// Its names.
    public let names: [String]
    /// The message, as the manager's `formatInfo` shows it, or else printed.
    public let message: String
    /// The handlers that there are.
    public let handlers: [String]

    public var logLevel: String { "warning" }
    public var metadata: [String: String] {
        var metadata = ["otp.pid": "\(pid)"]
        if !names.isEmpty { metadata["otp.name"] = names.joined(separator: ", ") }
        return metadata
    }
    public var description: String {
        let name = names.first.map { "\($0) " } ?? ""
        return "no handler of event manager \(name)\(pid) understands \(message); there are "
            + handlers.joined(separator: ", ")
    }
}
