public import DrillJudge
public import DrillLog
import Foundation

extension RunFolder {
    /// Writes the page beside the logs it was made from.
    public func saveReport(_ verdict: Verdict) throws {
        try Page(verdict, try loadRun()).html.write(to: report, atomically: true, encoding: .utf8)
    }
}
