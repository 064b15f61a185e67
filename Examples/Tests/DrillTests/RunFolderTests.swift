import DrillLog
import Foundation
import Testing

private func emptyFolder() throws -> RunFolder {
    let url = FileManager.default.temporaryDirectory.appending(path: "run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return RunFolder(url)
}

@Test("Lines come back as they were written; one that was cut off is left out") func lines() throws {
    let folder = try emptyFolder()
    defer { try? FileManager.default.removeItem(at: folder.url) }
    let line = FaultLine(number: 1, kind: "throw", role: "limiter", index: 0, at: 5, outcome: .done)
    let writer = try LineWriter(folder.faults)
    try writer.append(line)
    try writer.append(line)
    #expect(try folder.loadFaults() == [line, line])
    let whole = try Data(contentsOf: folder.faults)
    try whole.dropLast(3).write(to: folder.faults)
    #expect(try folder.loadFaults() == [line])
}

@Test("A broken line in the middle is an error that says where") func broken() throws {
    let folder = try emptyFolder()
    defer { try? FileManager.default.removeItem(at: folder.url) }
    try Data("{}\n{}\n".utf8).write(to: folder.faults)
    let error = #expect(throws: BrokenLog.self) { try folder.loadFaults() }
    #expect(error?.description == "faults.jsonl, line 1: not a line of this log")
}
