internal import COTPRuntime
internal import Synchronization

/// Where traced events are printed, line by line. Erlang: the device of `sys:trace`.
public struct EventSink: Sendable {
    /// Takes one line, without its end.
    let write: @Sendable (String) -> Void

    /// - Parameter write: Called with each line, in the process that is traced: it is to be short and to wait for
    ///   nothing.
    public init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }

    /// The program's standard error.
    public static var standardError: EventSink { EventSink(StandardError.write) }

    /// A file that is made or appended to, and closed when nobody writes to it any more.
    ///
    /// - Throws: ``EventFileError`` if it cannot be opened.
    public static func file(_ path: String) throws(EventFileError) -> EventSink {
        let file = try EventFile(path)
        return EventSink { file.write($0) }
    }
}

/// A file for events could not be opened.
public struct EventFileError: Error, Hashable, CustomStringConvertible {
    /// Which.
    public let path: String
    /// The system's number of the error.
    public let code: Int32

    public var description: String { "cannot write events to \(path): error \(code) of the system" }
}

/// A file that lines are appended to.
final class EventFile: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws(EventFileError) {
        descriptor = otp_open_append(path)
        if descriptor < 0 { throw EventFileError(path: path, code: -descriptor) }
    }

    deinit { otp_close(descriptor) }

    func write(_ line: String) {
        let line = line + "\n"
        otp_write(descriptor, line, line.utf8.count)
    }
}
