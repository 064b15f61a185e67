import OTP

/// A server that does what it is told, in the manner of the server in OTP's own suite.
struct Subject: GenServer {
    enum Call: Sendable {
        case ping(Reply<String>)
        case echo(Int, Reply<Int>)
        /// Answers, and waits for `limit` only.
        case within(Duration, Reply<String>)
        /// Answers later, from an info.
        case later(Duration, Reply<String>)
        /// Keeps the reply until a cast.
        case keep(Reply<String>)
        case drop(Reply<String>)
        case stop(ExitReason, Reply<String>)
        case stopSilently(ExitReason, Reply<String>)
        case fail(Broken, Reply<String>)
        case exit(ExitReason, Reply<String>)
        case proceed([Step], Reply<String>)
        case keepAndProceed([Step], Reply<String>)
        case hibernate(Reply<String>)
        case hibernateSilently(Reply<String>)
        case callSelf(Reply<String>)
        case stopSelf(Reply<String>)
        /// Does not come back until the gate is opened.
        case wait(Latch, Reply<String>)
    }
    enum Cast: Sendable {
        case note(String)
        case within(Duration)
        case answerKept(String)
        case stop(ExitReason)
        case fail(Broken)
        case proceed([Step])
        case hibernate
        case tell(ProcessRef<Notice>, String)
    }
    enum Info: Sendable {
        case idle
        case note(String)
        case within(Duration)
        case answer(Reply<String>)
        case stop(ExitReason)
        case fail(Broken)
        case proceed([Step])
        case hibernate
    }
    indirect enum Step: Sendable {
        case note(String)
        case answerKept(String)
        case more([Step])
        case stop(ExitReason)
        case within(Duration)
    }
    typealias Continuation = [Step]

    let journal: SceneLog
    var first: NextStep<Subject> = .receive
    var throwsInTerminate: (any Error)?
    var secret: String?
    var formatFails = false
    private var kept: [Reply<String>] = []

    init(
        _ journal: SceneLog, first: NextStep<Subject> = .receive, throwsInTerminate: (any Error)? = nil,
        secret: String? = nil, formatFails: Bool = false
    ) {
        self.journal = journal
        self.first = first
        self.throwsInTerminate = throwsInTerminate
        self.secret = secret
        self.formatFails = formatFails
    }

    mutating func handleStart(_ me: Me) -> Next { first }

    mutating func handleCall(_ call: Call, _ me: Me) async throws -> Next {
        switch call {
        case .ping(let reply): return reply("pong")
        case .echo(let number, let reply): return reply(number)
        case .within(let limit, let reply):
            reply("ok")
            return .receive(within: limit, else: .idle)
        case .later(let delay, let reply):
            me.send(.answer(reply), after: delay)
            return .receive
        case .keep(let reply):
            kept.append(reply)
            return .receive
        case .drop: return .receive
        case .stop(let reason, let reply): return .stop(reason, replying: reply, "stopped")
        case .stopSilently(let reason, _): return .stop(reason)
        case .fail(let error, _): throw error
        case .exit(let reason, _): throw Exit(reason)
        case .proceed(let steps, let reply):
            reply("ok")
            return .continue(steps)
        case .keepAndProceed(let steps, let reply):
            kept.append(reply)
            return .continue(steps)
        case .hibernate(let reply):
            reply("ok")
            return .hibernate
        case .hibernateSilently(let reply):
            me.send(.answer(reply))
            return .hibernate
        case .callSelf(let reply):
            do { reply(try await me.ref.call { .ping($0) }) } catch { reply(SceneLog.short(error)) }
            return .receive
        case .stopSelf(let reply):
            do { try await me.ref.stop() } catch { reply(SceneLog.short(error)) }
            return .receive
        case .wait(let latch, let reply):
            await latch.wait()
            return reply("waited")
        }
    }

    mutating func handleCast(_ cast: Cast, _ me: Me) throws -> Next {
        switch cast {
        case .note(let text): journal.note("cast \(text)")
        case .within(let limit): return .receive(within: limit, else: .idle)
        case .answerKept(let text): answerKept(text)
        case .stop(let reason): return .stop(reason)
        case .fail(let error): throw error
        case .proceed(let steps): return .continue(steps)
        case .hibernate: return .hibernate
        case .tell(let process, let text): process.send(.text(text))
        }
        return .receive
    }

    mutating func handleInfo(_ info: Info, _ me: Me) throws -> Next {
        switch info {
        case .idle: journal.note("idle")
        case .note(let text): journal.note("info \(text)")
        case .within(let limit): return .receive(within: limit, else: .idle)
        case .answer(let reply): reply("later")
        case .stop(let reason): return .stop(reason)
        case .fail(let error): throw error
        case .proceed(let steps): return .continue(steps)
        case .hibernate: return .hibernate
        }
        return .receive
    }

    mutating func handleContinue(_ steps: [Step], _ me: Me) -> Next {
        for step in steps {
            switch step {
            case .note(let text): journal.note("continue \(text)")
            case .answerKept(let text): answerKept(text)
            case .more(let steps): return .continue(steps)
            case .stop(let reason): return .stop(reason)
            case .within(let limit): return .receive(within: limit, else: .idle)
            }
        }
        return .receive
    }

    mutating func terminate(reason: ExitReason, _ me: Me) throws {
        journal.note("terminate (\(reason))")
        if let throwsInTerminate { throw throwsInTerminate }
    }

    func formatStatus(_ status: StatusContext) throws -> String {
        if formatFails { throw Broken("no status") }
        return switch status {
        case .snapshot: "Subject, secret hidden"
        case .termination(let reason): "Subject at its end (\(reason)), secret hidden"
        }
    }

    private mutating func answerKept(_ text: String) {
        for reply in kept { reply(text) }
        kept = []
    }
}

/// Opened once; whoever waits passes then, and everybody after.
final class Latch: Sendable {
    private let waiters = Locked<(isOpen: Bool, list: [CheckedContinuation<Void, Never>])>((false, []))

    func open() {
        let list = waiters.with { state in
            defer { state = (true, []) }
            return state.list
        }
        for waiter in list { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { waiter in
            let isOpen = waiters.with { state in
                if !state.isOpen { state.list.append(waiter) }
                return state.isOpen
            }
            if isOpen { waiter.resume() }
        }
    }
}
