import Foundation
import OTP

/// What gen_statem of a real Erlang did with a script, as `dev/record-machine-histories` writes it:
///
///     # 17 enter            its seed; whether it has enter calls
///     S 2                   the first state
///     X c1 f2 k3            what is in the mailbox when it begins: casts, infos, calls
///     I ii4 sz5             its first actions
///     O 3 p ic6             what the handler returns, one line for each event: where to, and actions
///     N keep 0l7            what the enter calls return
///     T 2>2 2:i4 2:t5       what was handled: enter calls with old and new state, events with the state
///     R 3                   the calls that were answered, in order
///     F 3 pc1 t07           the state in the end, what is postponed, the timeouts that run
///
/// Where to: `keep`, `repeat`, `stop` or a state. Actions: `p` postpone, `r` answer this call, `k` insert this call again,
/// `h` hibernate; `i` and a kind (`i` internal, `c` cast, `f` info, `t` a timeout) and what it says: insert; a timeout
/// (`s` state, `e` event, `0`, `1` named), what becomes of it (`z` zero, `l` long, `a` at a distant time, `x` cancel,
/// `u` update) and what it says. An event: its kind and what it says.
struct MachineHistory: Sendable, CustomStringConvertible {
    struct Outcome: Sendable {
        let target: Substring
        let actions: [Substring]
    }

    var seed = ""
    var hasEnterCalls = false
    var first = 0
    var outside: [Substring] = []
    var begin: [Substring] = []
    var outcomes: [Outcome] = []
    var enters: [Outcome] = []
    var trace: [Substring] = []
    var answered: [Substring] = []
    var final: [Substring] = []

    var description: String { "seed \(seed)" }

    static func read(_ text: String) -> [MachineHistory] {
        var all: [MachineHistory] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            let rest = Array(words.dropFirst())
            if words[0] == "#" {
                all.append(MachineHistory())
                all[all.count - 1].seed = String(rest[0])
                all[all.count - 1].hasEnterCalls = rest.count > 1
                continue
            }
            let last = all.count - 1
            switch words[0] {
            case "S": all[last].first = Int(rest[0])!
            case "X": all[last].outside = rest
            case "I": all[last].begin = rest
            case "O": all[last].outcomes.append(Outcome(target: rest[0], actions: Array(rest.dropFirst())))
            case "N": all[last].enters.append(Outcome(target: rest[0], actions: Array(rest.dropFirst())))
            case "T": all[last].trace = rest
            case "R": all[last].answered = rest
            case "F": all[last].final = rest
            default: preconditionFailure("no such line: \(line)")
            }
        }
        return all
    }

    static func recorded() throws -> [MachineHistory] {
        guard
            let file = Bundle.module.url(
                forResource: "gen_statem-25", withExtension: "txt", subdirectory: "Histories")
        else { throw Broken("the recorded histories are not there") }
        return read(try String(contentsOf: file, encoding: .utf8))
    }
}

/// A machine that follows the script of a history. Known not to suspend, for it is played on the threads of callers, too.
struct Scripted: SynchronousGenStateMachine {
    enum Call: Sendable { case event(Int, Reply<Int>) }
    enum TimerName: Hashable, Sendable { case zero, one }

    let initialState: Int
    private let history: MachineHistory
    private var outcomes: ArraySlice<MachineHistory.Outcome>
    private var enters: ArraySlice<MachineHistory.Outcome>
    /// What was handled.
    let trace: Locked<[String]>
    /// Asked at each event.
    let atEvent: @Sendable () -> Void

    init(_ history: MachineHistory, trace: Locked<[String]>, atEvent: @escaping @Sendable () -> Void = {}) {
        self.atEvent = atEvent
        initialState = history.first
        self.history = history
        outcomes = history.outcomes[...]
        enters = history.enters[...]
        self.trace = trace
    }

    mutating func handleStart(_ me: Me) -> [StateAction] { begin() }
    func begin() -> [StateAction] { history.begin.compactMap { Self.action($0, nil) } }

    mutating func handleEvent(_ event: StateEvent, in state: Int, _ me: Me) -> Transition { handle(event, in: state) }
    mutating func handle(_ event: StateEvent, in state: Int) -> Transition {
        atEvent()
        trace.with { $0.append("\(state):\(Self.formatEvent(event))") }
        guard let outcome = outcomes.popFirst() else { return .keep }
        let actions = outcome.actions.compactMap { Self.action($0, event) }
        return switch outcome.target {
        case "keep": .keep(actions: actions)
        case "repeat": .repeat(actions: actions)
        case "stop": .stop
        default: .next(Int(outcome.target)!, actions: actions)
        }
    }

    mutating func handleEnter(_ state: Int, from old: Int, _ me: Me) -> StateEntry { enter(state, from: old) }
    mutating func enter(_ state: Int, from old: Int) -> StateEntry {
        if !history.hasEnterCalls { return .stay }
        trace.with { $0.append("\(old)>\(state)") }
        guard let outcome = enters.popFirst() else { return .stay }
        let actions = outcome.actions.map { word in
            let words = Array(word)
            return Self.timeout(words, MachineEntryAction<Scripted>.self)
        }
        return outcome.target == "repeat" ? .repeat(actions: actions) : .stay(actions: actions)
    }

    static func formatEvent(_ event: StateEvent) -> String {
        switch event {
        case .call(.event(let number, _)): "k\(number)"
        case .cast(let number): "c\(number)"
        case .info(let number): "f\(number)"
        case .internal(let number): "i\(number)"
        case .timeout(let number): "t\(number)"
        }
    }

    /// Nil: what the action asks for does not go with this event.
    private static func action(_ text: Substring, _ event: StateEvent?) -> StateAction? {
        let words = Array(text)
        switch words[0] {
        case "p": return .postpone
        case "h": return .hibernate
        case "r":
            guard case .call(.event(let number, let reply)) = event else { return nil }
            return .reply(reply, number)
        case "k":
            guard case .call = event, let event else { return nil }
            return .insert(event: event)
        case "i":
            let number = Int(String(words[2...]))!
            switch words[1] {
            case "i": return .insert(number)
            case "c": return .insert(event: .cast(number))
            case "f": return .insert(event: .info(number))
            default: return .insert(event: .timeout(number))
            }
        default: return timeout(words, StateAction.self)
        }
    }

    private static func timeout<Action: MachineTiming>(
        _ words: [Character], _ type: Action.Type
    ) -> Action where Action.Machine == Scripted {
        let number = Int(String(words[2...]))!
        let long = Duration.seconds(100_000)
        let name = words[0] == "0" ? TimerName.zero : .one
        return switch (words[0], words[1]) {
        case ("s", "z"): .stateTimeout(.zero, number)
        case ("s", "l"): .stateTimeout(long, number)
        case ("s", "a"): .stateTimeout(at: long * 1000, number)
        case ("s", "x"): .cancelStateTimeout
        case ("s", _): .updateStateTimeout(number)
        case ("e", "z"): .eventTimeout(.zero, number)
        case ("e", "l"): .eventTimeout(long, number)
        case ("e", "a"): .eventTimeout(at: long * 1000, number)
        case ("e", "x"): .cancelEventTimeout
        case ("e", _): .updateEventTimeout(number)
        case (_, "z"): .timeout(.zero, number, name: name)
        case (_, "l"): .timeout(long, number, name: name)
        case (_, "a"): .timeout(at: long * 1000, number, name: name)
        case (_, "x"): .cancelTimeout(name)
        default: .updateTimeout(number, name: name)
        }
    }

    /// How the histories write the timeouts that run.
    static func timeouts(_ all: [MachineStatus.Timeout]) -> [String] {
        all.map { timeout in
            let kind =
                switch timeout.kind {
                case "state timeout": "s"
                case "event timeout": "e"
                case "timeout zero": "0"
                default: "1"
                }
            return "t\(kind)\(timeout.content)"
        }.sorted()
    }
}

extension Scripted {
    typealias Cast = Int
    typealias Info = Int
    typealias Internal = Int
    typealias Timeout = Int
}
