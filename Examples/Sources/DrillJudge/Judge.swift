import DrillLog

/// Decides from the evidence alone whether anything was lost. Knows neither the shop nor what it is built on.
public struct Judge: Sendable {
    let evidence: Evidence
    let requests: [Request]
    private let rowsOf: [String: [Books.Row]]

    public init(_ evidence: Evidence) {
        self.evidence = evidence
        requests = Request.all(in: evidence.clients)
        rowsOf = Dictionary(grouping: evidence.books.rows, by: \.key)
    }

    public func verdict() -> Verdict {
        let figures = Figures(evidence, requests)
        let findings =
            faultFindings() + orderFindings() + bookFindings() + answerFindings() + profileFindings() + eventFindings()
        return Verdict(findings: findings, thin: thinness(figures), figures: figures)
    }

    // MARK: Orders, as their customers know them

    private func orderFindings() -> [Verdict.Finding] {
        let carts = cartsTold()
        var findings: [Verdict.Finding] = []
        for (key, asked) in Dictionary(grouping: requests.filter { $0.operation == "order" }, by: { $0.key ?? "" }) {
            let rows = rowsOf[key] ?? []
            if rows.count > 1 { findings.append(.init(.doubledOrder, "key \(key) has \(rows.count) rows")) }
            if let acknowledged = asked.first(where: \.wasAcknowledged) {
                guard let row = rows.first else {
                    findings.append(.init(.lostOrder, "key \(key), acknowledged to \(acknowledged.name), has no row"))
                    continue
                }
                findings += differences(row, asked, carts)
            } else if let row = rows.first, asked.contains(where: { $0.decision != nil }) {
                findings.append(.init(.refusedOrder, "key \(key) was refused, and is order \(row.id)"))
            }
        }
        return findings.sorted { $0.detail < $1.detail }
    }

    private func differences(_ row: Books.Row, _ asked: [Request], _ carts: [Told.Named.ID: Told.Cart]) -> [Verdict
        .Finding]
    {
        var findings: [Verdict.Finding] = []
        let place = "order \(row.id), key \(row.key)"
        let told = Set(asked.flatMap(\.answers).filter { $0.status < 300 }.map { Told.order($0.body)?.order ?? -1 })
        if told != [row.id] { findings.append(.init(.wrongOrder, "\(place): acknowledged as \(told.sorted())")) }
        guard let named = asked.first?.body.flatMap(Told.named) else {
            return findings + [.init(.wrongOrder, "\(place): the order names no cart")]
        }
        guard let cart = carts[named.id] else {
            return findings + [.init(.wrongOrder, "\(place): \(named.cart) was never described at \(named.version)")]
        }
        if row.cart != cart.cart || row.version != cart.version {
            findings.append(.init(.wrongOrder, "\(place): is for \(row.cart) at \(row.version), not \(cart.version)"))
        }
        if row.lines != cart.lines { findings.append(.init(.wrongOrder, "\(place): lines are not the cart's")) }
        if row.total != cart.total {
            findings.append(.init(.wrongOrder, "\(place): total is \(row.total), the cart's was \(cart.total)"))
        }
        return findings
    }

    /// What each version of each cart was said to hold.
    private func cartsTold() -> [Told.Named.ID: Told.Cart] {
        var carts: [Told.Named.ID: Told.Cart] = [:]
        for request in requests where request.operation == "cart" {
            for answer in request.answers where answer.status == 200 {
                guard let cart = Told.cart(answer.body) else { continue }
                carts[Told.Named(cart: cart.cart, version: cart.version).id] = cart
            }
        }
        return carts
    }

    // MARK: The books by themselves

    private func bookFindings() -> [Verdict.Finding] {
        let asked = Set(requests.compactMap(\.key))
        var findings: [Verdict.Finding] = []
        if evidence.books.integrity != "ok" { findings.append(.init(.integrity, evidence.books.integrity)) }
        for row in evidence.books.rows {
            if !asked.contains(row.key) {
                findings.append(.init(.strayOrder, "order \(row.id): nobody sent key \(row.key)"))
            }
            let sum = row.lines.reduce(0) { $0 + $1.quantity * $1.price }
            if row.lines.isEmpty || sum != row.total {
                findings.append(
                    .init(.wrongOrder, "order \(row.id): lines come to \(sum), the total says \(row.total)"))
            }
        }
        let carts = Dictionary(grouping: evidence.books.rows) {
            "\($0.cart)@\($0.version.split(separator: ".").first ?? "")"
        }
        for (cart, rows) in carts where rows.count > 1 {
            findings.append(.init(.doubledOrder, "cart \(cart) was ordered as \(rows.map(\.id))"))
        }
        return findings
    }

    // MARK: Answers

    private func answerFindings() -> [Verdict.Finding] {
        let limit = evidence.run.longestUnanswered
        var findings: [Verdict.Finding] = []
        for request in requests {
            let waited = (request.decidedAt ?? request.lastNote) - request.askedAt
            if waited > limit || request.decidedAt == nil {
                findings.append(.init(.unanswered, "\(request.name), \(request.operation): \(Int(waited)) ms"))
            }
            if request.operation == "reuse", request.wasAcknowledged {
                findings.append(.init(.reusedKey, "\(request.name): key \(request.key ?? "") taken for another order"))
            }
            if request.answers.contains(where: { Told.code($0.body) == "database_locked" }) {
                findings.append(.init(.databaseLocked, request.name))
            }
        }
        return findings
    }

    /// Whatever became of its sources, a page comes in bounded time and says what it lacks.
    private func profileFindings() -> [Verdict.Finding] {
        var findings: [Verdict.Finding] = []
        for request in requests where request.operation == "profile" {
            for answer in request.answers where answer.status == 200 {
                guard let profile = Told.profile(answer.body) else {
                    findings.append(.init(.brokenProfile, "\(request.name): no profile"))
                    continue
                }
                if !profile.muddled.isEmpty {
                    let parts = profile.muddled.joined(separator: ", ")
                    findings.append(.init(.brokenProfile, "\(request.name): \(parts) neither there nor missing"))
                }
                if answer.took > evidence.run.longestProfile {
                    findings.append(.init(.brokenProfile, "\(request.name): took \(Int(answer.took)) ms"))
                }
            }
        }
        return findings
    }

    // MARK: Faults

    private func faultFindings() -> [Verdict.Finding] {
        var findings: [Verdict.Finding] = []
        for fault in evidence.faults {
            let late = fault.recovery.map { $0 > evidence.run.longestRecovery } ?? false
            guard fault.outcome == .notRecovered || late else { continue }
            findings.append(.init(.notRecovered, "fault \(fault.number): \(fault.kind) \(fault.role) \(fault.index)"))
        }
        if let lent = evidence.run.connectionsLent, lent != 0 {
            findings.append(.init(.leakedConnection, "\(lent) connections did not come back to their pool"))
        }
        if let end = evidence.run.shopEnd, end != "exit 0" {
            findings.append(.init(.shopEnd, "the shop ended with \(end)"))
        }
        return findings
    }

    private func thinness(_ figures: Figures) -> [String] {
        var thin: [String] = []
        let run = evidence.run
        if figures.ordersAcknowledged < run.fewestOrders {
            thin.append("\(figures.ordersAcknowledged) orders acknowledged, \(run.fewestOrders) needed")
        }
        for kind in run.faultKinds.sorted() {
            let done = figures.faults[kind]?.done ?? 0
            if done < run.fewestFaultsOfAKind {
                thin.append("\(done) faults of kind \(kind), \(run.fewestFaultsOfAKind) needed")
            }
        }
        return thin
    }
}

extension Told.Named {
    struct ID: Hashable { let cart: String, version: String }
    var id: ID { ID(cart: cart, version: version) }
}
