import DrillLog

/// Whether what failed or was lost lay within the reach of a fault that was open. A part that breaks may take its own
/// work with it, and nobody else's.
extension Judge {
    func failureFindings() -> [Verdict.Finding] {
        var findings: [Verdict.Finding] = []
        var cartsTold: [Told.Named.ID: Double] = [:]
        var sessionSince: [Int: Double] = [:]
        for request in requests where isPolite(request.client) {
            findings += unexplained(request)
            for answer in request.answers {
                if answer.status == 200, request.operation == "cart", let cart = Told.cart(answer.body) {
                    cartsTold[Told.Named(cart: cart.cart, version: cart.version).id] = answer.at
                }
                if answer.status == 410, request.operation == "order", let named = request.body.flatMap(Told.named),
                    let told = cartsTold[named.id], !isLostByFault(\.losesCarts, from: told, to: answer.at)
                {
                    findings.append(
                        .init(.lostWithoutFault, "\(request.name): cart \(named.cart) at \(Int(answer.at)) ms"))
                }
                if answer.status == 401, let since = sessionSince[request.client],
                    !isLostByFault(\.losesSessions, from: since, to: answer.at)
                {
                    findings.append(.init(.lostWithoutFault, "\(request.name): its session, at \(Int(answer.at)) ms"))
                }
                if answer.status < 300, request.operation == "session" { sessionSince[request.client] = answer.at }
            }
        }
        return findings
    }

    private func unexplained(_ request: Request) -> [Verdict.Finding] {
        request.failures.filter { failure in
            !windows.isAnyOpen(from: failure.from, to: failure.to) {
                $0.touches(request.operation, of: request.client)
            }
        }.map {
            .init(
                .failedWithoutFault,
                "\(request.name), \(request.operation): \($0.what), from \(Int($0.from)) to \(Int($0.to)) ms")
        }
    }

    private func isLostByFault(_ loses: (Reach) -> Bool, from start: Double, to end: Double) -> Bool {
        windows.isAnyOpen(from: start, to: end, where: loses)
    }
}
