/// Why a call got no reply. Thrown by `call`; the server itself may be well. Erlang: the exit of `gen_server:call`.
public struct CallError: Error, Sendable {
    /// What went wrong.
    public enum Code: Sendable {
        /// No reply within the time limit; a late one goes nowhere. Erlang: `timeout`.
        case timeout
        /// There is no such process, or it had ended before the call was made. Erlang: `noproc`.
        case noProcess
        /// The server dropped the reply without answering.
        case noReply
        /// The server ended before it answered. Erlang: its exit reason.
        case exited(ExitReason)
        /// Waiting would close this cycle of processes that wait for each other; nobody in it could ever answer.
        case cycle([PID])
        /// A process called itself. Erlang: `calling_self`.
        case callingSelf
        /// The message does not belong in the state in which the machine is.
        case unexpected(state: String)
        /// The server's mailbox is full.
        case overloaded
        /// The calling process has been killed; it is only finishing its handler.
        case killed
        /// The request was given up before an answer came.
        case abandoned
    }

    /// What went wrong.
    public let code: Code
    /// The server, if it could be found.
    public let pid: PID?
    /// The call: its target and its message, printed. Erlang: the second element of the exit reason.
    public let call: String

    /// For tests of code that handles failed calls.
    public init(_ code: Code, pid: PID? = nil, call: String = "") {
        self.code = code
        self.pid = pid
        self.call = call
    }

    /// Whether the server was shut down, and said no more about it.
    var isShutdown: Bool { if case .exited(.shutdown(detail: nil)) = code { true } else { false } }

    @usableFromInline init(failure: CallFailure, pid: PID?, call: String) {
        let code: Code =
            switch failure {
            case .timeout: .timeout
            case .noReply: .noReply
            case .exited(let reason): .exited(reason)
            case .noProcess: .noProcess
            case .callingSelf: .callingSelf
            case .cycle(let pids): .cycle(pids)
            case .overloaded: .overloaded
            case .killed: .killed
            case .unexpected(let state): .unexpected(state: state)
            case .cancelled, .abandoned: .abandoned
            }
        self.init(code, pid: pid, call: call)
    }
}

extension CallError: CustomStringConvertible, FailedWait {
    public var description: String {
        let target = pid.map { " by \($0)" } ?? ""
        let what = call.isEmpty ? "" : " \(call)"
        return switch code {
        case .timeout: "call\(what) was not answered\(target) in time"
        case .noProcess: "call\(what) found no process"
        case .noReply: "call\(what) was dropped\(target) without a reply"
        case .exited(let reason): "call\(what): the server\(pid.map { " \($0)" } ?? "") ended (\(reason))"
        case .cycle(let pids):
            "call\(what) would wait for ever: \(pids.map(\.description).joined(separator: " → "))"
        case .callingSelf: "call\(what): a process called itself\(target)"
        case .unexpected(let state): "call\(what) does not belong in state \(state)\(target)"
        case .overloaded: "call\(what) was refused: mailbox full\(target)"
        case .killed: "call\(what): the calling process has been killed"
        case .abandoned: "call\(what) was abandoned"
        }
    }
}
