internal import COTPRuntime

/// The program's standard error, without a library in between.
package enum StandardError {
    /// Writes one line.
    @Sendable package static func write(_ line: String) {
        let line = line + "\n"
        otp_write_stderr(line, line.utf8.count)
    }
}
