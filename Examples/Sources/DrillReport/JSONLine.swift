public import DrillJudge
import Foundation

extension Verdict {
    /// Everything that was found and measured, in one line.
    public var jsonLine: String {
        struct Line: Encodable {
            let exit: Int32
            let findings: [Verdict.Finding]
            let thin: [String]
            let figures: Figures
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Line(exit: exitCode, findings: findings, thin: thin, figures: figures)
        return (try? encoder.encode(line)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
