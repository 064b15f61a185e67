import BankWire
import DrillClient
import DrillLog
import DrillPlan
import Foundation

/// Does the planned faults and watches each part come back.
struct FaultInjector: Sendable {
    let host: ShopHost
    let door: Door
    let bank: ShopHost
    let bankDoor: BankControl
    let offenders: Offenders
    let clock: RunClock
    let log: LineWriter
    let board: FaultBoard
    /// How long to wait for a part to serve again.
    let patience: Double
    /// How long to wait for whom a fault is meant for, who may just be being restarted by another. Nothing is open then.
    private let respite: Double = 5_000
    /// Whose it is to end the shop.
    let turn = Turn()

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
        switch fault.kind {
        case .endProgram: try await endProgram(fault)
        case .endBank: try await endBank(fault)
        case .cutLink: try await disturb(fault, .cut)
        case .loseAnswers: try await disturb(fault, .mishap(.lost, count: 3))
        case .doubleAnswers: try await disturb(fault, .mishap(.doubled, count: 3))
        case .delayAnswers: try await disturb(fault, .mishap(.late(1_500), count: 3))
        case .flood: try await misbehave(fault) { try await offenders.flood() }
        case .slowClient: try await misbehave(fault) { try await offenders.dawdle() }
        default: try await breakPart(fault)
        }
    }

    // MARK: Through the door

    private func breakPart(_ fault: Fault) async throws {
        // Whom it is meant for may just be being restarted.
        let giveUp = clock.now + respite
        var done = clock.now
        var shop = host.shop.number
        var hit = await door.inject(fault)
        while hit == nil, clock.now < giveUp {
            try await Task.sleep(for: .milliseconds(50))
            done = clock.now
            shop = host.shop.number
            hit = await door.inject(fault)
        }
        guard let hit else { return try note(fault, at: done, .skipped) }
        done += hit.waited ?? 0
        let before = hit.process
        board.opened()
        defer { board.closed() }
        guard fault.role.isPermanent else {
            // Nothing is seen to come back; what was on its way to it has failed by then.
            return try note(fault, at: done, closed: clock.now + 250, .done, note: before)
        }
        while clock.now - done < patience {
            // In a shop that was ended meanwhile another process may bear the same number.
            let isOther = host.shop.number != shop || fault.kind.leavesProcess
            if let now = await door.process(of: fault), isOther || now != before {
                // Whoever it started dies with it, and nobody sees the last of them end.
                let closed = fault.role.startsMany ? clock.now + 250 : nil
                return try note(
                    fault, at: done, closed: closed, .recovered, recovery: clock.now - done,
                    note: "\(before) → \(now)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        try note(fault, at: done, .notRecovered, note: before)
    }

    // MARK: From outside

    private func endProgram(_ fault: Fault) async throws {
        // The fault before this one may have ended it just now: then it first has to serve again.
        guard try await turn.take(within: .seconds(5)) else { return try note(fault, at: clock.now, .skipped) }
        defer { turn.pass() }
        let done = clock.now
        let before = host.shop.number
        board.opened()
        defer { board.closed() }
        let restart: ShopHost.Restart
        do {
            guard let started = try await host.endAndStart() else { return try note(fault, at: done, .skipped) }
            restart = started
        } catch {
            return try note(fault, at: done, .notRecovered, note: "\(before), then: \(error)")
        }
        while clock.now - done < patience {
            if await door.isReady() {
                return try note(
                    fault, at: done, .recovered, recovery: clock.now - done,
                    note: "\(before) → \(restart.shop.number), \(restart.note)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        try note(fault, at: done, .notRecovered, note: "\(before), \(restart.note)")
    }

    private func endBank(_ fault: Fault) async throws {
        let done = clock.now
        let before = bank.shop.number
        board.opened()
        defer { board.closed() }
        let restart: ShopHost.Restart
        do {
            guard let started = try await bank.endAndStart() else { return try note(fault, at: done, .skipped) }
            restart = started
        } catch {
            return try note(fault, at: done, .notRecovered, note: "\(before), then: \(error)")
        }
        try await awaitLink(fault, since: done, note: "\(before) → \(restart.shop.number), \(restart.note)")
    }

    /// Through the bank's door.
    private func disturb(_ fault: Fault, _ command: BankDoor) async throws {
        // The bank itself may just be being restarted.
        let giveUp = clock.now + respite
        var done = clock.now
        while (try? await bankDoor.tell(command)) == nil {
            guard clock.now < giveUp else { return try note(fault, at: done, .skipped) }
            try await Task.sleep(for: .milliseconds(50))
            done = clock.now
        }
        board.opened()
        defer { board.closed() }
        try await awaitLink(fault, since: done, note: command.words)
    }

    /// Until the shop is connected to the bank.
    private func awaitLink(_ fault: Fault, since done: Double, note text: String) async throws {
        while clock.now - done < patience {
            if await door.process(of: .link) != nil {
                return try note(fault, at: done, .recovered, recovery: clock.now - done, note: text)
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        try note(fault, at: done, .notRecovered, note: text)
    }

    private func misbehave(_ fault: Fault, _ body: () async throws -> String) async throws {
        let done = clock.now
        board.opened()
        defer { board.closed() }
        let what = try await body()
        try note(fault, at: done, closed: clock.now, .done, note: what)
    }

    private func note(
        _ fault: Fault, at: Double, closed: Double? = nil, _ outcome: FaultLine.Outcome, recovery: Double? = nil,
        note: String? = nil
    ) throws {
        board.count(outcome)
        try log.append(
            FaultLine(
                number: fault.number, kind: fault.kind.rawValue, role: fault.role.rawValue, index: fault.index, at: at,
                closed: closed ?? recovery.map { at + $0 }, outcome: outcome, recovery: recovery, reach: fault.reach,
                note: note))
    }
}

extension Fault.Role {
    /// Whether others come and go below it.
    fileprivate var startsMany: Bool { self == .carts || self == .sessions }
}
