import OTP

/// Answers one line at a time.
actor OurSide {
    struct Misunderstood: Error { let line: String }

    private var held: [ServerRef<Counter>] = []

    func answer(_ line: String) async throws -> [String] {
        let words = line.split(separator: " ").map(String.init)
        switch words.first {
        case "hello":
            return [Setup.versions]
        case "rows":
            return works.keys.sorted() + ["bytes", "idle"]
        case "run":
            guard words.count == 3, let work = works[words[1]], let count = Int(words[2]) else { break }
            let timing = try await work(count)
            return ["\(timing.operations)", "\(timing.nanoseconds)"]
        case "hold":
            guard words.count == 2, let count = Int(words[1]) else { break }
            held = try await holdServers(count)
            return []
        case "release":
            let servers = held
            held = []
            try await releaseServers(servers)
            return []
        default:
            break
        }
        throw Misunderstood(line: line)
    }
}

/// What a row took.
struct Timing: Sendable {
    let operations: Int
    let nanoseconds: Int64

    init(_ operations: Int, _ time: Duration) {
        self.operations = operations
        nanoseconds = time.components.seconds * 1_000_000_000 + time.components.attoseconds / 1_000_000_000
    }
}

/// A row of our side: does that many operations, checks what came out, and says how long they took.
typealias Work = @Sendable (Int) async throws -> Timing

/// The rows of our side, by the names that the catalogue gives them; what stands behind a slash is the column.
let works: [String: Work] = [
    callWorks, castWorks, ringWorks, startWorks, restartWorks, machineWorks, eventWorks, timerWorks, tieWorks,
    nameWorks,
    taskWorks, growthWorks, treeWorks,
].reduce(into: [:]) { all, works in all.merge(works) { $1 } }
