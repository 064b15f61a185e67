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

    @Test func `the specification of a temporary child that runs says what it was, but starts nothing`() {
        play { scene in
            let supervisor = try await scene.start(Supervisor(.oneForOne) {})
            try await supervisor.startChild(ChildSpec.worker("a", .temporary))
            var spec = try await supervisor.childSpec(of: "a")
            try check(spec.restart, is: .temporary)
            spec.id = "b"
            let another = spec
            try check(try await refusal { try await supervisor.startChild(another) }.name, is: "startForgotten")
            let anybody = DynamicSupervisor<ChildSpec, PID>("anybody")
            _ = try await anybody.startLink(scene.me.context)
            try check(try await refusal { try await anybody.startChild(another) }.name, is: "startForgotten")
            let (error, _) = try await scene.failedStart { try await scene.start(Supervisor(.oneForOne) { another }) }
            try check((error as? SupervisorError)?.code.name, is: "startForgotten")
            try check(
                "\(error)",
                is: "child \"b\" was temporary, and how it was started is forgotten: "
                    + "expected a specification made anew")
            try check(try await scene.list(supervisor), is: ["a running"])
        }
    }
}
