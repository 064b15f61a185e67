/// What processes did and saw, in one order of time.
///
/// Every process writes a line *before* it does something and *after* it has seen something, so a line is not the
/// moment at which its deed took effect: it bounds it. An operation took effect between its own line and the next
/// line of the same process; what was seen had arrived before its line.
struct History {
    /// Where the history comes from, and from which seed.
    var seed: UInt64
    var source: String
    /// Processes numbered below this trap exits, are never killed, and live to the end of the history.
    var issuers: Int
    var lines: [Line]

    struct Line: Equatable {
        var actor: Int
        var act: Act
    }

    /// Numbers name processes, messages, monitors, calls, aliases and timers; no number is used twice.
    enum Act: Equatable {
        // Done
        /// A server obeys exits of its parent even if it traps.
        case spawn(child: Int, link: Bool, monitor: Int?, isServer: Bool)
        case link(Int)
        case unlink(Int)
        case monitor(Int, of: Int)
        case demonitor(Int, flush: Bool)
        case signal(Int, reason: String)
        case trap(Bool)
        case send(Int, to: Int)
        case sendNamed(Int, to: String)
        case sendAlias(Int, to: Int)
        case register(String, Int)
        case unregister(String)
        case whereIs(String)
        case alias(Int, once: Bool)
        case unalias(Int)
        case call(Int, to: Int)
        case reply(Int, value: Int)
        case timer(Int)
        case cancel(Int)
        case die(reason: String)
        case isAlive(Int)
        /// How the last deed of this process came out.
        case outcome([String])
        // Seen
        case got(Int)
        case request(Int)
        case down(Int, of: Int, reason: String)
        case exit(Int, reason: String)
        /// An issuer has seen everything that it will ever see.
        case end
    }
}

extension History.Act {
    /// Whether this was taken out of the mailbox.
    var isSeen: Bool {
        switch self {
        case .got, .request, .down, .exit: true
        default: false
        }
    }
}
