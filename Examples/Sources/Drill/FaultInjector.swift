import DrillClient
import DrillLog
import DrillPlan
import Foundation

/// Does the planned faults to the shop, through the door that it opens for drills, and watches each part come back.
struct FaultInjector: Sendable {
    let port: Int
    let token: String
    let clock: RunClock
    let log: LineWriter
    let board: FaultBoard
    /// How long to wait for a part to serve again.
    let patience: Double

    /// The whole plan; returns when the last fault has recovered or been given up.
    func run(_ plan: FaultPlan) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for fault in plan.faults {
                let wait = Double(fault.at) - clock.now
                if wait > 0 { try await Task.sleep(for: .milliseconds(Int(wait))) }
                group.addTask { try await perform(fault) }
            }
            try await group.waitForAll()
        }
    }

    private func perform(_ fault: Fault) async throws {
        // Whom it is meant for may just be being restarted.
        let giveUp = clock.now + 2_000
        var done = clock.now
        var hit = await inject(fault)
        while hit == nil, clock.now < giveUp {
            try await Task.sleep(for: .milliseconds(50))
            done = clock.now
            hit = await inject(fault)
        }
        guard let before = hit else { return try note(fault, at: done, .skipped) }
        board.opened()
        defer { board.closed() }
        guard fault.role.isPermanent else { return try note(fault, at: done, .done, note: before) }
        while clock.now - done < patience {
            if let now = await process(of: fault), now != before || fault.kind.leavesProcess {
                return try note(fault, at: done, .recovered, recovery: clock.now - done, note: "\(before) → \(now)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        try note(fault, at: done, .notRecovered, note: before)
    }

    /// The process that was hit, or nil when there was none.
    private func inject(_ fault: Fault) async -> String? {
        let body = #"{"kind":"\#(fault.kind.rawValue)","role":"\#(fault.role.rawValue)","index":\#(fault.index)}"#
        guard let answer = await ask("POST", "/faults", body), answer.status == 200 else { return nil }
        return Self.process(answer.body)
    }

    /// The process that serves in the fault's place now, asked for real work; nil while none does.
    private func process(of fault: Fault) async -> String? {
        let path = "/faults/parts/\(fault.role.rawValue)/\(fault.index)"
        guard let answer = await ask("GET", path, nil), answer.status == 200 else { return nil }
        return Self.process(answer.body)
    }

    private func ask(_ method: String, _ path: String, _ body: String?) async -> HTTPAnswer? {
        guard let connection = try? await HTTPConnection.open(port: port) else { return nil }
        defer { connection.close() }
        return try? await connection.send(method, path, headers: [("Fault-Token", token)], body: body)
    }

    private static func process(_ body: String) -> String? {
        struct Hit: Decodable { let process: String }
        return try? JSONDecoder().decode(Hit.self, from: Data(body.utf8)).process
    }

    private func note(
        _ fault: Fault, at: Double, _ outcome: FaultLine.Outcome, recovery: Double? = nil, note: String? = nil
    ) throws {
        board.count(outcome)
        try log.append(
            FaultLine(
                number: fault.number, kind: fault.kind.rawValue, role: fault.role.rawValue, index: fault.index, at: at,
                outcome: outcome, recovery: recovery, note: note))
    }
}
