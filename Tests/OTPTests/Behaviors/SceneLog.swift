import OTP
import OTPTestKit
import Synchronization

/// What happened in a scenario, line by line.
final class SceneLog: Sendable, CustomStringConvertible {
    private let entries = Mutex<[String]>([])

    var lines: [String] { entries.withLock { $0 } }
    var description: String { "journal" }

    func note(_ line: String) { entries.withLock { $0.append(line) } }

    /// Notes what `body` gives, or the error that it throws, in few words.
    nonisolated(nonsending) func note<Value>(
        _ what: String = "", _ body: nonisolated(nonsending) () async throws -> Value
    ) async {
        let prefix = what.isEmpty ? "" : "\(what): "
        do {
            let value = try await body()
            note(value is Void ? "\(prefix)ok" : "\(prefix)\(value)")
        } catch { note(prefix + Self.short(error)) }
    }

    static func short(_ error: any Error) -> String {
        switch error {
        case let error as CallError:
            switch error.code {
            case .exited(let reason): "exited (\(reason))"
            case .cycle: "cycle"
            default: "\(error.code)"
            }
        case let error as StartError:
            switch error.code {
            case .alreadyStarted: "alreadyStarted"
            case .failed(let reason): "failed (\(reason))"
            default: "\(error.code)"
            }
        case is CancellationError: "cancelled"
        default: "threw \(error)"
        }
    }

    static func short<Value>(_ result: Result<Value, CallError>?) -> String {
        switch result {
        case .success(let value): "reply \(value)"
        case .failure(let error): short(error)
        case nil: "nothing"
        }
    }
}

/// What the scenarios' own process receives.
enum Notice: Sendable {
    case down(DownMessage)
    case exit(ExitMessage)
    case text(String)

    var short: String {
        switch self {
        case .down(let message): "DOWN (\(message.reason))"
        case .exit(let message): "EXIT (\(message.reason))"
        case .text(let text): text
        }
    }
}

extension PlainProcess<Notice> {
    /// What has arrived and not been taken, in few words.
    nonisolated(nonsending) func leftovers() async throws -> [String] {
        // What others still have to do at this moment happens first.
        try await sleep(for: .milliseconds(1))
        var all: [String] = []
        while let notice = try await receive(within: .zero) { all.append(notice.short) }
        return all
    }

    /// The next notice within a long time.
    nonisolated(nonsending) func next() async throws -> String {
        try await receive(within: .seconds(1000))?.short ?? "nothing"
    }
}

/// Plays a scenario in a process of a virtual node and returns its journal. Reports are noted, too.
func played(
    seed: UInt64 = 1, _ scenario: @escaping @Sendable (PlainProcess<Notice>, SceneLog) async throws -> Void
) throws -> [String] {
    let journal = SceneLog()
    let virtual = VirtualNode(seed: seed)
    virtual.node.onReport { report in
        if case .crash(let crash) = report { journal.note("report \(crash.kind) (\(crash.reason))") }
    }
    try virtual.run(receiving: Notice.self) { me in try await scenario(me, journal) }
    virtual.node.onReport(nil)
    let lines = journal.lines
    try virtual.shutdown()
    return lines
}

/// An error of the tests' own.
struct Broken: Error, Hashable, CustomStringConvertible {
    var what = "broken"
    init(_ what: String = "broken") { self.what = what }
    var description: String { what }
}
