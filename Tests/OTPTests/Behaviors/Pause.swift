import OTP

/// Waits by the clock of the virtual node in a place that has no process to ask: inside an `init`.
///
/// A timer of the node resumes it.
func pause(for duration: Duration) async throws {
    let sleeper = spawn { me in try await me.sleep(for: duration) }
    _ = await sleeper.waitForEnd()
    try Task.checkCancellation()
}
