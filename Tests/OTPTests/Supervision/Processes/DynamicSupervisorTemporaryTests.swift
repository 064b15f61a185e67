import OTPTestKit
import Testing

@testable import OTP

/// Temporary children of dynamic supervisors.
@Suite struct DynamicSupervisorTemporaryTests {
    @Test func `a temporary child is never started again, whatever the reason of its end`() {
        play { scene in
            let workers = DynamicSupervisor<Int, ServerRef<Worker>>("workers", restart: .temporary) { number, _ in
                Worker(number: number)
            }
            _ = try await workers.startLink(scene.me.context)
            for reason in [ExitReason.normal, .shutdown, .shutdown(detail: "done"), .error(Worker.Failure())] {
                try await scene.exit(try await workers.startChild(1).pid, reason)
                try check(try await workers.children().isEmpty, "\(reason)")
            }
            try await scene.end(try await workers.startChild(1).pid, .kill)
            try check(try await workers.children().isEmpty)
        }
    }

    @Test func `nothing is kept of what a temporary child was started with, also where an earlier one stood`() {
        play { scene in
            final class Argument: Sendable {}
            let workers = DynamicSupervisor<Argument, ServerRef<Worker>>("workers", restart: .temporary) { _, _ in
                Worker()
            }
            _ = try await workers.startLink(scene.me.context)
            try await scene.end(try await workers.startChild(Argument()).pid, .kill)
            weak var second: Argument?
            do {
                let argument = Argument()
                second = argument
                try await workers.startChild(argument)
            }
            try await scene.settle()
            try check(try await workers.children().count, is: 1)
            try check(second == nil)
        }
    }
}
