import Foundation
import Testing

@Suite("saved histories") struct JudgeFileTests {
    /// What `dev/storm judge FILE` runs.
    @Test(
        "The histories in the given files are explained", .enabled(if: !StormOptions.fromEnvironment.judged.isEmpty))
    func judge() throws {
        for file in StormOptions.fromEnvironment.judged {
            for history in try History.read(try String(contentsOfFile: file, encoding: .utf8)) {
                let verdict = Judge.judge(history, history.source == "erlang" ? .erlang : .swift)
                #expect(verdict == .explained, "\(file), seed \(history.seed): \(verdict)")
            }
        }
    }
}
