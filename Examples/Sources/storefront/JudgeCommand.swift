import ArgumentParser
import DrillJudge
import DrillLog
import DrillReport
import Foundation

struct JudgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "judge",
        abstract: "Judge the logs and the database of a drill once more.",
        discussion: """
            Exits as the drill did, and writes its report anew. The folder is what `drill` printed, or was given by \
            --output.
            """)

    @Argument(help: "The folder of a drill.", completion: .directory)
    var folder: String

    func run() throws {
        let files = RunFolder(URL(filePath: folder))
        guard FileManager.default.fileExists(atPath: files.run.path) else {
            throw ValidationError("\(folder) is not the folder of a drill: there is no run.json in it")
        }
        let verdict: Verdict
        do {
            verdict = try Judge(folder: files).verdict()
        } catch {
            throw ValidationError("what is in \(folder) is no evidence: \(error)")
        }
        try files.saveReport(verdict)
        let summary = Summary(verdict)
        Output.line("\(summary.table)\n\n\(summary.conclusion)\n\nreport: \(files.report.path)\n\n\(verdict.jsonLine)")
        if verdict.exitCode != 0 { throw ExitCode(verdict.exitCode) }
    }
}
