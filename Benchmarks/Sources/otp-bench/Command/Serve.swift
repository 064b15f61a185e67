import ArgumentParser
import BenchKit
import Foundation

/// Our side: an operating-system process of its own, as every peer is.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answers the lines of a comparison (hello, rows, run, hold, release).", shouldDisplay: false)

    /// Our columns: ordinary handlers, the same as the process-wide executor, handlers known not to suspend, callers that
    /// are ordinary tasks outside any process, and servers that never share a worker with their callers.
    static func columns(hook: Bool) throws -> [Contestant] {
        var columns = [try column("ours")]
        if hook { columns.append(try column("hook", isGlobal: true)) }
        return columns + (try ["sync", "outside", "apart"].map { try column($0, variant: $0) })
    }

    private static func column(_ name: String, variant: String? = nil, isGlobal: Bool = false) throws -> Contestant {
        let environment = ["OTP_EXECUTOR": isGlobal ? "global" : "own"]
        let launch = PeerProcess.Launch(CommandLine.arguments[0], ["serve"], environment: environment)
        return try Contestant(name, .ours, launch, variant: variant) { cores in
            .init(
                CommandLine.arguments[0], ["serve"],
                environment: environment.merging(["OTP_WORKERS": "\(cores)"]) { $1 })
        }
    }

    @Flag(help: "No worker stands in for another, so that a count of instructions does not depend on the clock.")
    var counted = false

    func run() throws {
        try Setup.begin(isCounted: counted)
        let side = OurSide()
        while let line = readLine() {
            FileHandle.standardOutput.write(Data((answer(to: line, from: side) + "\n").utf8))
        }
    }

    /// The main thread waits: it is no worker, and nothing of the library may need it.
    private func answer(to line: String, from side: OurSide) -> String {
        let done = DispatchSemaphore(value: 0)
        let answer = Box()
        Task {
            do {
                answer.text = (["ok"] + (try await side.answer(line))).joined(separator: " ")
            } catch {
                answer.text = "error \(error)".replacing("\n", with: " ")
            }
            done.signal()
        }
        done.wait()
        return answer.text
    }

    /// Handed from the task to the thread that waits for it.
    // Written before the semaphore is signalled, read after it was waited for.
    private final class Box: @unchecked Sendable {
        var text = ""
    }
}
