import BankWire
import Logging
import OTP
import ShopCore

/// The payment of one order. What it is going to ask of the bank is in the books before the bank hears of it; what the
/// bank did is unknown until it says so, and is asked again under the same key until it does. Begun anew, by whatever
/// has ended it, it takes up where the books say.
struct OrderPayment: GenStateMachine {
    typealias State = Payment.State
    typealias Answer = Reply<Result<PaymentDocument, Problem>>
    enum Call: Sendable { case checkOut(Answer), refund(Answer) }
    enum Cast: Sendable {
        /// For drills.
        case breakDown
    }
    enum Info: Sendable { case answered(Result<Result<BankAnswer, BankLink.Failure>, CallError>) }
    enum Internal: Sendable {
        /// Go on where the books say.
        case resume
    }
    enum Timeout: Sendable {
        /// Ask the bank, for the first time or again.
        case send
        /// Whoever waits is told that the answer is not there yet.
        case patience
        /// Nobody has asked for a while, and nothing is open.
        case idle
    }

    static let graph: StateGraph<OrderPayment> = [
        .unpaid: .final([
            "checkOut": .capturing, "resume": .capturing, "resume": .captured, "resume": .declined,
            "resume": .refunding, "resume": .refunded,
        ]),
        .capturing: ["answered": .captured, "answered": .declined],
        .captured: .final(["refund": .refunding]),
        .declined: .final,
        .refunding: ["answered": .refunded, "answered": .captured],
        .refunded: .final,
    ]

    let initialState = State.unpaid
    private let books: PaymentBooks
    private let times: PaymentTimes
    private let checkpoints: Checkpoints?
    private let logger: Logger
    private var payment: Payment
    private var waiting: [Answer] = []
    private var attempts = 0

    init(order: Int, _ setup: PaymentSetup) async throws {
        guard let payment = try await setup.books.claim(order: order) else {
            throw Problem.notFound("there is no order \(order)")
        }
        self.payment = payment
        books = setup.books
        times = setup.times
        checkpoints = setup.checkpoints
        logger = setup.logger
    }

    func handleStart(_ me: Me) -> [StateAction] { payment.state == .unpaid ? [] : [.insert(.resume)] }

    func handleEnter(_ state: State, from old: State, _ me: Me) -> StateEntry {
        state.isOpen ? .stay(.stateTimeout(.zero, .send)) : .stay(.stateTimeout(times.idle, .idle))
    }

    mutating func handleEvent(_ event: StateEvent, in state: State, _ me: Me) async throws -> Transition {
        switch event {
        case .call(.checkOut(let answer)): return try await checkOut(answer, in: state)
        case .call(.refund(let answer)): return try await refund(answer, in: state)
        case .cast(.breakDown): throw Broken()
        case .info(.answered(.success(.success(let answer)))) where state.isOpen:
            return try await settle(answer, in: state, me.pid)
        case .info(.answered): return state.isOpen ? .keep(.stateTimeout(pause, .send)) : .keep
        case .internal(.resume): return .next(payment.state)
        case .timeout(.send):
            send(me)
            return .keep
        case .timeout(.patience): return .keep(actions: tellWaiting())
        case .timeout(.idle): return .stop
        }
    }

    // MARK: what customers ask

    private nonisolated(nonsending) mutating func checkOut(_ answer: Answer, in state: State) async throws -> Transition
    {
        switch state {
        case .unpaid:
            guard payment.amount.value > 0 else {
                return answer(.failure(.conflict("nothing_to_pay", "order \(payment.order) costs nothing")))
            }
            await checkpoints?.pass(.beforeIntent)
            do { try take(try await books.intendCapture(payment), mustBe: .capturing) } catch let problem as Problem {
                return forget(answer, problem)
            }
            await checkpoints?.pass(.afterIntent)
            return wait(answer, in: .capturing)
        case .capturing: return wait(answer, in: state)
        case .captured, .declined: return answer(.success(payment.document))
        case .refunding, .refunded:
            return answer(.failure(.conflict("refunded", "the money for order \(payment.order) was asked back")))
        }
    }

    private nonisolated(nonsending) mutating func refund(_ answer: Answer, in state: State) async throws -> Transition {
        switch state {
        case .unpaid, .declined:
            return answer(.failure(.conflict("not_paid", "order \(payment.order) was not paid")))
        case .capturing:
            let why = "whether order \(payment.order) was paid is not known yet; until then nothing can be given back"
            return answer(.failure(.conflict("payment_unknown", why)))
        case .captured:
            do { try take(try await books.intendRefund(payment), mustBe: .refunding) } catch let problem as Problem {
                return forget(answer, problem)
            }
            return wait(answer, in: .refunding)
        case .refunding: return wait(answer, in: state)
        case .refunded: return answer(.success(payment.document))
        }
    }

    /// Whether it was written is not known here: what is remembered must not answer anybody. The next one who asks has
    /// it from the books, and so has the keeper.
    private func forget(_ answer: Answer, _ problem: Problem) -> Transition {
        .stop(.normal, .reply(answer, .failure(problem)))
    }

    /// Until the answer is known, or patience ends; the clock is the first one's.
    private mutating func wait(_ answer: Answer, in state: State) -> Transition {
        waiting.append(answer)
        return waiting.count == 1 ? .next(state, .timeout(times.patience, .patience)) : .keep
    }

    private mutating func tellWaiting() -> [StateAction] {
        defer { waiting = [] }
        return waiting.map { .reply($0, .success(payment.document)) }
    }

    // MARK: what the bank is asked and says

    private mutating func send(_ me: Me) {
        attempts += 1
        let request: BankRequest =
            payment.state == .capturing
            ? .capture(key: payment.key, amount: payment.amount.value)
            : .refund(key: payment.refundKey, amount: payment.amount.value, of: payment.key)
        me.ask(ServerName.bankLink, timeout: times.answer) {
            .ask(request, $0)
        } then: {
            .answered($0)
        }
    }

    private var pause: Duration { min(times.pause * (1 << min(attempts, 10)), times.longestPause) }

    private nonisolated(nonsending) mutating func settle(
        _ answer: BankAnswer, in state: State, _ pid: PID
    ) async throws -> Transition {
        let outcome: PaymentOutcome
        let next: State
        switch (state, answer) {
        case (.capturing, .done(payment.key, payment.amount.value, let receipt)):
            (outcome, next) = (.captured(receipt: receipt), .captured)
        case (.capturing, .refused(payment.key, let why)):
            (outcome, next) = (.declined(why: why), .declined)
        case (.refunding, .done(payment.refundKey, payment.amount.value, let receipt)):
            (outcome, next) = (.refunded(receipt: receipt), .refunded)
        case (.refunding, .refused(payment.refundKey, let why)):
            (outcome, next) = (.refundRefused(why: why), .captured)
        default:
            // Not an answer to what was asked: it is for people to find out, and it stays unknown until then.
            logger.error("the bank contradicts itself", metadata: ["order": "\(payment.order)", "answer": "\(answer)"])
            return .keep(.stateTimeout(times.longestPause, .send))
        }
        await checkpoints?.pass(.beforeFinal, pid)
        do { try take(try await books.settle(payment, outcome), mustBe: next) } catch is Problem {
            // It stays open; the bank says the same once more.
            return .keep(.stateTimeout(pause, .send))
        }
        await checkpoints?.pass(.afterFinal)
        attempts = 0
        return .next(next, actions: tellWaiting() + [.cancelTimeout(.patience)])
    }

    /// Goes on from what the books say, if that is what was to be done and nobody else has taken charge meanwhile.
    private mutating func take(_ written: Payment?, mustBe state: State) throws {
        guard let written, written.state == state, payment.epoch == 0 || written.epoch == payment.epoch else {
            throw Overtaken(order: payment.order)
        }
        payment = written
    }
}

/// Somebody else has the payment in charge.
struct Overtaken: Error {
    let order: Int
}

/// What all payments are made with.
struct PaymentSetup: Sendable {
    let books: PaymentBooks
    let times: PaymentTimes
    let checkpoints: Checkpoints?
    let logger: Logger
}

/// How long a payment waits for what.
struct PaymentTimes: Sendable {
    /// The bank's answer; then it is asked again.
    var answer: Duration = .seconds(1)
    /// Before it is asked again; twice as long each time.
    var pause: Duration = .milliseconds(50)
    var longestPause: Duration = .seconds(1)
    /// Before a customer is told that it is not known yet.
    var patience: Duration = .seconds(2)
    /// Before a payment that is not open leaves memory.
    var idle: Duration = .seconds(2)
}

extension ServerName<OrderPayment> {
    static func payment(_ order: Int) -> Self { "payment \(order)" }
}
