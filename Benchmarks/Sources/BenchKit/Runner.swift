import Foundation

/// Runs rows over contestants, round by round and interleaved: the machine's speed drifts, so only figures taken next to
/// each other are compared. The order within a round turns with every round.
public struct Runner {
    public let contestants: [Contestant]
    public let rounds: Int
    /// Called with a line of progress.
    public var progress: (String) -> Void

    public init(_ contestants: [Contestant], rounds: Int, progress: @escaping (String) -> Void) {
        self.contestants = contestants
        self.rounds = rounds
        self.progress = progress
    }

    public func run(_ row: Row) -> RowResult {
        switch row.measure {
        case .time, .load: timed(row)
        case .bytes: bytes(row)
        case .idle(let seconds): idle(row, seconds: seconds)
        }
    }

    private func able(_ row: Row) -> [(contestant: Contestant, work: String)] {
        contestants.compactMap { contestant in contestant.work(for: row).map { (contestant, $0) } }
    }

    /// Sides are kept alive over the rounds of a row, and warmed up with one round that does not count.
    private func timed(_ row: Row) -> RowResult {
        var result = RowResult(row)
        var sides: [(name: String, work: String, process: PeerProcess)] = []
        for (contestant, work) in able(row) {
            result.samples[contestant.name] = []
            do {
                let process = try PeerProcess(contestant.name, contestant.launch)
                sides.append((contestant.name, work, process))
                _ = try process.ask("run \(work) \(row.size)")
            } catch {
                result.failures.append("\(error)")
            }
        }
        defer { for side in sides { side.process.end() } }
        for round in 0..<rounds {
            for index in sides.indices {
                let side = sides[(index + round) % sides.count]
                do {
                    let before = Usage.of(pid: side.process.pid)
                    let answer = try side.process.ask("run \(side.work) \(row.size)")
                    let after = Usage.of(pid: side.process.pid)
                    result.samples[side.name, default: []].append(
                        try sample(answer, row, before, after))
                } catch {
                    result.failures.append("\(error)")
                    result.samples[side.name, default: []].append(nil)
                }
            }
            progress("\(row.name): round \(round + 1) of \(rounds)")
        }
        return result
    }

    private func sample(_ answer: [String], _ row: Row, _ before: Usage?, _ after: Usage?) throws -> Sample {
        guard answer.count == 2, let operations = Double(answer[0]), let time = Double(answer[1]), operations > 0 else {
            throw PeerProcess.Failure(description: "not a result: \(answer.joined(separator: " "))")
        }
        var sample = Sample(value: time / operations)
        if let before, let after {
            sample.cpu = (after.cpu - before.cpu) / Double(row.size)
            sample.switches = (after.switches - before.switches) / Double(row.size)
            // Nanoseconds for a nanosecond, in thousandths.
            if row.measure == .load { sample.value = (after.cpu - before.cpu) / time * 1_000 }
        } else if row.measure == .load {
            throw PeerProcess.Failure(description: "this system does not tell how much CPU a process used")
        }
        return sample
    }

    /// A fresh side for each round: what an allocator kept from the last round would hide the cost.
    private func bytes(_ row: Row) -> RowResult {
        var result = RowResult(row)
        for round in 0..<rounds {
            for (contestant, _) in able(row) {
                do {
                    let process = try PeerProcess(contestant.name, contestant.launch)
                    defer { process.end() }
                    _ = try process.ask("hold \(row.size / 100)")
                    _ = try process.ask("release")
                    guard let before = Usage.of(pid: process.pid) else { continue }
                    _ = try process.ask("hold \(row.size)")
                    guard let after = Usage.of(pid: process.pid) else { continue }
                    _ = try process.ask("release")
                    let value = (after.resident - before.resident) / Double(row.size)
                    result.samples[contestant.name, default: []].append(Sample(value: value))
                } catch {
                    result.failures.append("\(error)")
                    result.samples[contestant.name, default: []].append(nil)
                }
            }
            progress("\(row.name): round \(round + 1) of \(rounds)")
        }
        return result
    }

    /// One round, all sides at once: none of them should be doing anything.
    private func idle(_ row: Row, seconds: Double) -> RowResult {
        var result = RowResult(row)
        var sides: [(name: String, process: PeerProcess)] = []
        defer { for side in sides { side.process.end() } }
        for (contestant, _) in able(row) {
            do {
                let process = try PeerProcess(contestant.name, contestant.launch)
                sides.append((contestant.name, process))
                _ = try process.ask("hold \(row.size)")
            } catch {
                result.failures.append("\(error)")
                result.samples[contestant.name] = [nil]
            }
        }
        progress("\(row.name): waiting \(shortNumber(seconds)) s")
        usleep(500_000)
        let before = sides.map { Usage.of(pid: $0.process.pid) }
        usleep(UInt32(seconds * 1_000_000))
        for (side, before) in zip(sides, before) {
            guard result.samples[side.name] == nil else { continue }
            guard let before, let after = Usage.of(pid: side.process.pid) else {
                result.failures.append("\(side.name), \(row.name): this system does not tell how much CPU it used")
                continue
            }
            result.samples[side.name] = [
                Sample(value: (after.cpu - before.cpu) / 1e6)
            ]
        }
        return result
    }
}
