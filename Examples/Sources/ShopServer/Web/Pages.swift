import ShopCore

extension Page {
    static func front(_ products: [Product], greeting: String, routes: String) -> Page {
        let rows: [HTML] = products.map {
            "<tr><td>\($0.name)</td><td class=\"soft\">\($0.id)</td><td class=\"number\">\($0.price)</td></tr>\n"
        }
        return Page(
            title: greeting,
            body: """
                <section class="card"><h2>Products</h2>
                <table><tr><th>Name</th><th>Id</th><th class="number">Price</th></tr>
                \(rows)</table></section>
                <h2>For programs</h2>
                <pre>\(routes)</pre>
                """)
    }

    static func profile(_ profile: Profiles.Profile) -> Page {
        Page(
            title: "\(profile.greeting), \(profile.customer)",
            body: """
                <div class="cards">
                \(card("In the cart", "cart", profile, profile.cart.map(cart) ?? "<p class=\"soft\">Nothing yet.</p>"))
                \(card("Latest orders", "orders", profile, orders(profile.orders ?? [])))
                \(card("You might like", "suggestions", profile, suggestions(profile.suggestions ?? [])))
                </div>
                """)
    }

    static func tree(_ drawing: String) -> Page {
        Page(title: "The tree as it stands", body: "<pre>\(drawing)</pre>")
    }

    static func configuration(_ configuration: ShopConfiguration) -> Page {
        let rows: [HTML] = ShopConfiguration.Key.allCases.map {
            """
            <tr><td>\($0.rawValue)</td><td>\(configuration[$0])</td><td class="soft">\($0.meaning)</td></tr>

            """
        }
        return Page(
            title: "Configuration",
            body: """
                <section class="card"><table><tr><th>Name</th><th>Value</th><th>What it decides</th></tr>
                \(rows)</table></section>
                <p class="soft">Changed while the shop runs by PUT /configuration/{name}, read from its file anew by
                POST /configuration/reload.</p>
                """)
    }

    static func order(_ order: Order) -> Page {
        Page(
            title: "Order \(order.order)",
            body: """
                <section class="card">\(lines(order.lines, order.total))</section>
                <p class="soft">Of <a href="/profiles/\(order.cart)">\(order.cart)</a>, under the key \(order.key).</p>
                """)
    }

    static func problem(_ problem: Problem) -> Page {
        Page(
            title: "\(problem.status)",
            body: """
                <section class="card missing"><p>\(problem.message)</p></section>
                <p class="soft">Programs are told \(problem.code).</p>
                """)
    }

    static func events(_ standing: OrderEvents.Standing) -> Page {
        let audit: [HTML] = (standing.audit ?? []).map {
            """
            <tr><td>\($0.order)</td><td class="soft">\($0.key)</td><td class="number">\($0.total)</td></tr>

            """
        }
        let handlers: [HTML] = standing.handlers.map { "<li>\($0)</li>\n" }
        return Page(
            title: "Order events",
            body: """
                <div class="cards">
                <section class="card"><h2>Handlers</h2>
                <ul>\(handlers)</ul>
                <p class="soft">Failed and installed again: \(standing.failures.map { "\($0)" } ?? "unknown")</p></section>
                \(metrics(standing.metrics))
                </div>
                <section class="card"><h2>Latest in the audit trail</h2>
                \(audit.isEmpty ? "<p class=\"soft\">Nothing yet.</p>" : table("Order", "Key", "Total", audit))
                </section>
                """)
    }

    private static func metrics(_ figures: OrderMetrics.Figures?) -> HTML {
        guard let figures else {
            return "<section class=\"card missing\"><h2>Counted</h2><p>Not available just now.</p></section>"
        }
        let pieces: [HTML] = figures.pieces.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
            "<tr><td>Pieces of \($0.key)</td><td class=\"number\">\($0.value)</td></tr>\n"
        }
        return """
            <section class="card"><h2>Counted</h2>
            <table><tr><td>Orders</td><td class="number">\(figures.orders)</td></tr>
            <tr><td>Revenue</td><td class="number">\(figures.revenue)</td></tr>
            \(pieces)</table></section>
            """
    }

    private static func table(_ first: String, _ second: String, _ last: String, _ rows: [HTML]) -> HTML {
        """
        <table><tr><th>\(first)</th><th>\(second)</th><th class="number">\(last)</th></tr>
        \(rows)</table>
        """
    }

    // MARK: parts of a profile

    private static func card(_ title: String, _ part: String, _ profile: Profiles.Profile, _ body: HTML) -> HTML {
        guard let why = profile.missing[part] else {
            return "<section class=\"card\"><h2>\(title)</h2>\(body)</section>"
        }
        return """
            <section class="card missing"><h2>\(title)</h2><p>Not available just now: \(why).</p></section>
            """
    }

    private static func cart(_ cart: CartDocument) -> HTML { lines(cart.lines, cart.total) }

    private static func lines(_ lines: [CartLine], _ total: Cents) -> HTML {
        let rows: [HTML] = lines.map {
            """
            <tr><td>\($0.product)</td><td class="number">\($0.quantity) × \($0.price)</td>\
            <td class="number">\($0.total)</td></tr>

            """
        }
        return """
            <table>\(rows)<tr><td>Total</td><td></td><td class="number"><b>\(total)</b></td></tr></table>
            """
    }

    private static func orders(_ orders: [Order]) -> HTML {
        if orders.isEmpty { return "<p class=\"soft\">None yet.</p>" }
        let rows: [HTML] = orders.map { order in
            // Broken between lines of an order, not within one.
            let lines = order.lines.map { "\($0.quantity)\u{a0}×\u{a0}\($0.product)" }.joined(separator: ", ")
            return """
                <tr><td><a href="/orders/\(order.order)">\(order.order)</a></td><td>\(lines)</td>\
                <td class="number">\(order.total)</td></tr>

                """
        }
        return "<table>\(rows)</table>"
    }

    private static func suggestions(_ products: [Product]) -> HTML {
        if products.isEmpty { return "<p class=\"soft\">You have it all.</p>" }
        let rows: [HTML] = products.map {
            "<tr><td>\($0.name)</td><td class=\"number\">\($0.price)</td></tr>\n"
        }
        return "<table>\(rows)</table>"
    }
}
