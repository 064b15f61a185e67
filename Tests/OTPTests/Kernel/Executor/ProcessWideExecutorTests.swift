import Testing

@testable import OTP

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The hook itself. Installing cannot be undone: what this run has not been started with is tried in processes of
/// its own.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ProcessWideExecutorTests {
    private static var isWanted: Bool { getenv("OTP_EXECUTOR").map { String(cString: $0) } == "global" }

    @Test func `the environment decides how this run is`() async throws {
        _ = Node.default
        #expect(ProcessWideExecutor.isInstalled == Self.isWanted)
        let role = await Task.detached { KernelWorker.current?.pointee.role }.value
        #expect((role == .thread) == Self.isWanted)
    }

    @Test func `with it, tasks, actors and children are on workers, and nothing is a guest`() async {
        await #expect(processExitsWith: .success) {
            unsetenv("OTP_EXECUTOR")
            #expect(!ProcessWideExecutor.isInstalled)
            try ProcessWideExecutor.install()
            try ProcessWideExecutor.install()
            #expect(ProcessWideExecutor.isInstalled)
            let server = try await CodeServer.start { CodeServer() }
            try await Task.detached {
                try #require(KernelWorker.current?.pointee.role == .thread)
                async let child = KernelWorker.current?.pointee.role
                try #require(await child == .thread)
                let sum = Sum()
                try #require(await sum.add(1) == 1)
                for _ in 0..<20 {
                    // A sleep may leave the task elsewhere: a call from there does not run its server there.
                    try await Task.sleep(for: .microseconds(10))
                    try #require(
                        try await server.run { _ in KernelWorker.current?.pointee.role == .thread ? 1 : 0 } == 1)
                }
            }.value
            let isOnMain = await MainActor.run { KernelWorker.current == nil }
            try #require(isOnMain)
        }
    }

    @Test func `without it, ordinary tasks are not on workers`() async {
        await #expect(processExitsWith: .success) {
            unsetenv("OTP_EXECUTOR")
            let server = try await CodeServer.start { CodeServer() }
            try await Task.detached {
                try #require(KernelWorker.current == nil)
                try #require(try await server.run { _ in KernelWorker.current == nil ? 0 : 1 } == 1)
                try #require(KernelWorker.current == nil)
            }.value
        }
    }

    @Test func `it is refused when processes have run`() async {
        await #expect(processExitsWith: .success) {
            unsetenv("OTP_EXECUTOR")
            let server = try await CodeServer.start { CodeServer() }
            #expect(throws: ProcessWideExecutor.InstallError.workHasBegun) { try ProcessWideExecutor.install() }
            try #require(!ProcessWideExecutor.isInstalled)
            try #require(try await server.run { _ in 1 } == 1)
        }
    }

    @Test func `it is refused when another library has the hook`() async {
        await #expect(processExitsWith: .success) {
            unsetenv("OTP_EXECUTOR")
            let hook = try #require(dlsym(dlopen(nil, RTLD_NOW), "swift_task_enqueueGlobal_hook"))
                .assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
            let other = try #require(dlsym(dlopen(nil, RTLD_NOW), "swift_task_enqueueGlobal"))
            hook.pointee = other
            var refusal: ProcessWideExecutor.InstallError?
            do { try ProcessWideExecutor.install() } catch let error as ProcessWideExecutor.InstallError {
                refusal = error
            }
            let kept = hook.pointee
            hook.pointee = nil
            try #require(refusal == .hookIsTaken)
            try #require(kept == other)
            try #require(!ProcessWideExecutor.isInstalled)
            let server = try await CodeServer.start { CodeServer() }
            try #require(try await server.run { _ in 1 } == 1)
        }
    }

    @Test func `the environment variable installs it at the first use of the default node`() async {
        await #expect(processExitsWith: .success) {
            setenv("OTP_EXECUTOR", "global", 1)
            try #require(!ProcessWideExecutor.isInstalled)
            let server = try await CodeServer.start { CodeServer() }
            try #require(ProcessWideExecutor.isInstalled)
            try #require(try await server.run { _ in 1 } == 1)
            let role = await Task.detached { KernelWorker.current?.pointee.role }.value
            try #require(role == .thread)
        }
    }

    @Test func `a wrong value of the environment variable is named on standard error`() async throws {
        let result = try #require(
            await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
                setenv("OTP_EXECUTOR", "globl", 1)
                let server = try await CodeServer.start { CodeServer() }
                try #require(!ProcessWideExecutor.isInstalled)
                try #require(try await server.run { _ in 1 } == 1)
            })
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.contains("OTP_EXECUTOR=globl: expected \"global\" or \"own\""))
    }

    @Test func `each refusal says what was wrong`() {
        let texts = [ProcessWideExecutor.InstallError.hookIsTaken, .unknownRuntime, .workHasBegun].map(\.description)
        #expect(Set(texts).count == 3)
        #expect(texts[0].contains("another library"))
        #expect(texts[2].contains("have already run"))
    }
}
