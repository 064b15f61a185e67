import DrillLog

/// Orders, as their customers know them, against the database.
extension Judge {
    func orderFindings() -> [Verdict.Finding] {
        let carts = cartsTold()
        let rowsOf = Dictionary(grouping: evidence.books.rows, by: \.key)
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
                if let later = asked.flatMap(\.answers).first(where: {
                    (400..<500).contains($0.status) && Request.decides($0.status)
                }) {
                    findings.append(.init(.wrongOrder, "key \(key): acknowledged, and refused with \(later.status)"))
                }
            } else if let row = rows.first, asked.contains(where: { $0.decision != nil }) {
                findings.append(.init(.refusedOrder, "key \(key) was refused, and is order \(row.id)"))
            }
        }
        return findings.sorted { $0.detail < $1.detail }
    }

    private func differences(
        _ row: Books.Row, _ asked: [Request], _ carts: [Told.Named.ID: Told.Cart]
    ) -> [Verdict.Finding] {
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

    /// The books by themselves.
    func bookFindings() -> [Verdict.Finding] {
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
}

extension Told.Named {
    struct ID: Hashable { let cart: String, version: String }
    var id: ID { ID(cart: cart, version: version) }
}
