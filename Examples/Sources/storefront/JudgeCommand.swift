import ArgumentParser
import Drill
import DrillJudge
import DrillLog
import Foundation

struct JudgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "judge",
        abstract: "Judge the logs and the database of a drill once more.",
        discussion: "Exits as the drill did. The folder is what `drill` printed, or was given by --output.")

    @Argument(help: "The folder of a drill.", completion: .directory)
    var folder: String

    func run() throws {
        guard FileManager.default.fileExists(atPath: RunFolder(URL(filePath: folder)).run.path) else {
            throw ValidationError("\(folder) is not the folder of a drill: there is no run.json in it")
        }
        let evidence: Evidence
        do {
            evidence = try Evidence(folder: RunFolder(URL(filePath: folder)))
        } catch {
            throw ValidationError("what is in \(folder) is no evidence: \(error)")
        }
        let report = Report(Judge(evidence).verdict())
        print("\(report.table)\n\n\(report.conclusion)\n\n\(report.json)")
        Output.flush()
        if report.exitCode != 0 { throw ExitCode(report.exitCode) }
    }
}
