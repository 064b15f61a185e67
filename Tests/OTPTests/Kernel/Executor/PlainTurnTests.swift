import Synchronization
import Testing

@testable import OTP

/// Turns that take no slice: of the dead, whatever they were, and of supervisors.
@Suite(.timeLimit(.minutes(2))) struct PlainTurnTests {
    /// Something whose end is noted together with the process as which the code of it runs.
    private final class Left: Sendable {
        private let ends: LockedBox<[PID?]>
        init(_ ends: LockedBox<[PID?]>) { self.ends = ends }
        deinit { ends.withLock { $0.append(CurrentProcess.cell?.pid) } }
    }

    private struct Holder: GenServer { let left: Left }

    private enum Light: Sendable { case red }
    private struct Lamp: GenStateMachine {
        typealias State = Light
        let left: Left
        var initialState: Light { .red }
        func handleEvent(_ event: StateEvent, in state: Light, _ me: Me) -> Transition { .unexpected }
    }

    private enum Kind: CaseIterable, Sendable { case server, machine, process, processThatNeverRan, supervisor }

    /// Starts one of a kind that holds something.
    private nonisolated(nonsending) static func start(
        _ kind: Kind, _ ends: LockedBox<[PID?]>
    ) async throws -> ProcessCell {
        let left = Left(ends)
        switch kind {
        case .server: return try await Holder.start { Holder(left: left) }.cell
        case .machine: return try await Lamp.start { Lamp(left: left) }.cell
        case .process, .processThatNeverRan:
            return spawn(receiving: Int.self) { me in
                _ = try await me.receive()
                withExtendedLifetime(left) {}
            }
            .server.cell
        case .supervisor:
            return try await Supervisor(.oneForOne) { Holder.child("held") { Holder(left: left) } }.start().server.cell
        }
    }

    @Test(arguments: Kind.allCases)
    private func `what is killed is freed in a turn of its own, as itself, while somebody still refers to it`(
        kind: Kind
    )
        async throws
    {
        let ends = LockedBox<[PID?]>([])
        let node = Node(name: "plain turns", workers: 1)
        let process = node.spawn { me in
            let cell = try await Self.start(kind, ends)
            if kind != .processThatNeverRan { while !cell.mailbox.isIdle { try await me.yield() } }
            // What a supervisor's child has goes with the child.
            let holder = kind == .supervisor ? Node.cell(try #require(await Self.child(of: cell)))! : cell
            #expect(ends.get().isEmpty)
            node.sendExit(.kill, to: cell.pid)
            #expect(ends.get().isEmpty)
            while ends.get().isEmpty { try await me.yield() }
            #expect(ends.get() == [holder.pid])
            while !cell.has(ProcessCell.Control.released) { try await me.yield() }
            #expect(cell.finalReason?.isSame(as: .killed) == true)
            withExtendedLifetime((cell, holder)) {}
        }
        let end = await process.waitForEnd(timeout: .seconds(20))
        #expect(end?.isNormal == true, "\(end.shown)")
        await node.shutdown()
    }

    private nonisolated(nonsending) static func child(of cell: ProcessCell) async throws -> PID? {
        try await SupervisorRef(server: unsafeDowncast(cell, to: SupervisorCell.self).ref).children().first?.pid
    }
}
