/// Something that happened to an application and that somebody may have to know about.
/// Erlang: the reports of the application controller.
public struct ApplicationReport: Report {
    /// What happened.
    public enum Event: Sendable {
        /// It runs. Only if ``Node/reportsProgress`` is set. Erlang: a progress report.
        case started
        /// It ended, and nobody had asked for it. Erlang: `exited`.
        case ended(ExitReason, byChoice: Bool)
        /// It did not start, and by its type that ends all others. Erlang: `application_start_failure`.
        case failedToStart(any Error)
        /// It did not end in time and was killed.
        case killed
    }

    /// Which application.
    public let application: ApplicationID
    /// What its end means to the others.
    public let type: ApplicationType
    /// What happened.
    public let event: Event

    /// A start and an end by choice are information; an end of an application that the others can do without is a warning.
    public var logLevel: String {
        switch event {
        case .started, .ended(_, byChoice: true): "info"
        case .killed: "warning"
        case .ended, .failedToStart: type == .temporary ? "warning" : "error"
        }
    }

    public var metadata: [String: String] { ["otp.application": application.description] }

    public var description: String {
        let consequence = type == .temporary ? "" : "; it is \(type)"
        return switch event {
        case .started: "application \(application) started\(consequence)"
        case .ended(let reason, _): "application \(application) ended: \(reason)\(consequence)"
        case .failedToStart(let error): "application \(application) failed to start: \(error)\(consequence)"
        case .killed: "application \(application) did not end in time and was killed"
        }
    }

    public func formatted(_ format: ReportFormat) -> String {
        let (context, reason): (String, String?) =
            switch event {
            case .started: ("started", nil)
            case .ended(let reason, _): ("ended", "\(reason)")
            case .failedToStart(let error): ("failed to start", "\(error)")
            case .killed: ("did not end in time and was killed", nil)
            }
        var text = ReportText()
        text.add("application", "\(application)")
        text.add("context", context)
        text.add("reason", reason)
        text.add("type", "\(type)")
        return text.formatted(format)
    }
}
