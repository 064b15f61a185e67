import BankWire
import DrillClient
import DrillJudge
import DrillLog
import Foundation

@testable import Drill
@testable import ShopServer

/// A point of the protocol of a payment, in its order.
enum Point: Hashable, Sendable, CustomStringConvertible {
    case shop(Checkpoints.Point)
    case bank(BankDoor.Point)

    static let all: [Point] = [
        .shop(.beforeIntent), .shop(.afterIntent), .shop(.afterSend), .bank(.afterWrite), .bank(.afterAnswer),
        .shop(.beforeFinal), .shop(.afterFinal), .shop(.beforeReply),
    ]

    /// Whether the bank has answered when it is reached.
    var isAnswered: Bool {
        switch self {
        case .shop(.beforeIntent), .shop(.afterIntent), .shop(.afterSend), .bank(.afterWrite): false
        default: true
        }
    }

    var description: String {
        switch self {
        case .shop(let point): point.rawValue
        case .bank(let point): "bank \(point.rawValue)"
        }
    }
}

enum Blow: String, CaseIterable, Sendable {
    case killShop = "SIGKILL of the shop"
    case killBank = "SIGKILL of the bank"
    case lost = "answer lost"
    case doubled = "answer doubled"
    case late = "answer late"
}

/// One fault at one point.
struct Cell: Hashable, Sendable {
    let point: Point
    let blow: Blow

    static let all = Point.all.flatMap { point in Blow.allCases.map { Cell(point: point, blow: $0) } }

    /// Whether a customer who asks once is known to want to pay when the shop is up again.
    var isForgotten: Bool { point == .shop(.beforeIntent) && blow == .killShop }
}

/// What there is to see when a cell is through.
struct Outcome: Sendable {
    var shopEnd = ""
    /// Of whom asks until it is known.
    var insistent: HTTPAnswer?
    /// As the payments stood when they were not open any more: of whom insists, and of whom walks away.
    var states: [String] = []
    var refund: HTTPAnswer?
    var captures = 0
    var refunds = 0
    var findings: [String] = []
}

/// Three customers in a street of their own: one who asks until it is known, one who asks once and never again, and one
/// for whatever is left of the fault, who has the money given back.
struct CellRun: Sendable {
    let cell: Cell
    var bankOptions: [String] = []
    var shopOptions: [String] = []

    func run() async throws -> Outcome {
        let street = try await Street(bankOptions: bankOptions, shopOptions: shopOptions)
        defer { street.remove() }
        let clock = RunClock()
        var outcome = Outcome()
        for (client, insists) in [(0, true), (1, false)] {
            var customer = PayingCustomer(
                client: client, port: street.shopPort, clock: clock, log: try LineWriter(street.log(client)))
            guard let order = try await customer.order(client + 1) else { throw NoOrder() }
            try await strike(street, order) {
                let answer = try await customer.pay(order, insists: insists)
                if insists { outcome.insistent = answer }
            }
            outcome.states.append(try await settled(order, &customer).state)
            customer.close()
        }
        var last = PayingCustomer(client: 2, port: street.shopPort, clock: clock, log: try LineWriter(street.log(2)))
        guard let order = try await last.order(3) else { throw NoOrder() }
        _ = try await last.pay(order)
        outcome.refund = try await last.askBack(order)
        last.close()

        outcome.shopEnd = await street.close()
        let accounts = try street.accounts
        outcome.captures = accounts.ledger.count { $0.kind == "capture" }
        outcome.refunds = accounts.ledger.count { $0.kind == "refund" }
        outcome.findings = PaymentAudit(accounts, told: try street.told([0, 1, 2])).findings.map { "\($0)" }
        return outcome
    }

    struct NoOrder: Error {}
    struct NoPayment: Error {}

    /// Lets `pay` come to the cell's point, breaks something there, lets go.
    private func strike(
        _ street: Street, _ order: Int, _ pay: () async throws -> Void
    ) async throws {
        let isHeld: @Sendable () async throws -> Void
        switch cell.point {
        case .shop(let point):
            try await street.hold(point.rawValue)
            isHeld = { try await street.waitUntilHeld() }
        case .bank(let point):
            let held = try await street.bank.hold(point)
            isHeld = { try await held.value }
        }
        async let struck: Void = {
            try await isHeld()
            try await deal(street, order)
        }()
        try await pay()
        try await struck
    }

    private func deal(_ street: Street, _ order: Int) async throws {
        switch cell.blow {
        case .killShop: try await street.killShop()
        case .killBank: try await street.killBank()
        case .lost: try await street.bank.tell(.mishap(.lost, count: 1))
        case .late: try await street.bank.tell(.mishap(.late(300), count: 1))
        case .doubled where cell.point.isAnswered:
            guard let key = try street.key(of: order) else { throw NoPayment() }
            try await street.bank.tell(.again(key: key))
        case .doubled: try await street.bank.tell(.mishap(.doubled, count: 1))
        }
        switch (cell.point, cell.blow) {
        case (.shop, .killShop), (.bank, .killBank): break
        case (.shop, _): try await street.release()
        case (.bank, _): try await street.bank.tell(.release)
        }
    }

    /// The payment, as soon as it is not open any more: without anybody asking for it to be made.
    private func settled(_ order: Int, _ customer: inout PayingCustomer) async throws -> PaymentAudit.Told {
        while true {
            guard let answer = try await customer.payment(of: order), let payment = PaymentAudit.Told(answer.body)
            else {
                throw NoPayment()
            }
            if payment.state != "capturing" { return payment }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
