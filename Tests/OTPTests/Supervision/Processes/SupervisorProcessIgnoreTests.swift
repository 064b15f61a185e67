import OTPTestKit
import Testing

@testable import OTP

/// Children whose start declines, under a supervisor that keeps their specifications.
@Suite struct SupervisorProcessIgnoreTests {
    @Test func `a child that declines is kept without a process, counted, and may be asked to start again`() {
        play { scene in
            let mode = Switch()
            let supervisor = try await scene.start(Supervisor(.oneForOne) {})
            mode.next(.ignores)
            try check(try await supervisor.startChild(ChildSpec.moody("1", mode)) == nil)
            try await supervisor.startChild(ChildSpec.worker("2"))
            try check(try await scene.counts(supervisor), is: [2, 1, 0, 2])
            try check(try await scene.list(supervisor), is: ["1 ignored", "2 running"])
            let code = try await refusal { try await supervisor.startChild(ChildSpec.moody("1", mode)) }
            try check(code.name, is: "alreadyPresent")
            mode.next(.ignores)
            try check(try await supervisor.restartChild("1") == nil)
            try check(try await scene.list(supervisor), is: ["1 ignored", "2 running"])
            try check(try await supervisor.restartChild("1") != nil)
            try check(try await scene.counts(supervisor), is: [2, 2, 0, 2])
        }
    }

    @Test func `a child that declines when it is started again stays without a process until somebody asks for it`() {
        for strategy in [Supervisor.Strategy.oneForOne, .oneForAll, .restForOne] {
            play { scene in
                let mode = Switch()
                let supervisor = try await scene.start(
                    Supervisor(strategy) {
                        ChildSpec.moody("1", mode)
                        ChildSpec.worker("2")
                    })
                mode.next(.ignores)
                try await scene.end(try await scene.pid("1", supervisor), .kill)
                try check(try await scene.list(supervisor), is: ["1 ignored", "2 running"])
                try check(mode.count, is: 2)
                try await supervisor.restartChild("1")
                try check(try await scene.list(supervisor), is: ["1 running", "2 running"])
            }
        }
    }
}
