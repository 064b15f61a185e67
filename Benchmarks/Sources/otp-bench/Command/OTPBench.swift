import ArgumentParser
import BenchKit
import Foundation

/// The same work on this library and on its peers, side by side.
///
/// Nothing here is `async`: the process-wide executor, when asked for, has to be installed before any task exists.
@main
struct OTPBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "otp-bench",
        abstract: "Runs the same work on this library and on its peers, and prints the ratios.",
        subcommands: [Compare.self, Loaded.self, Serve.self],
        defaultSubcommand: Compare.self)
}
