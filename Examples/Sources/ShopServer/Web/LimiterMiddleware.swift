import HTTPTypes
import Hummingbird
import OTP
import ShopCore

/// In front of every route but health and drill: a bucket of tokens for each client.
struct LimiterMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: ShopContext, next: (Request, ShopContext) async throws -> Response
    ) async throws -> Response {
        guard await ServerName.limiter.admits(client(of: request, context)) else {
            throw Problem(429, "too_many_requests", "slow down: this client's bucket is empty, it fills every second")
        }
        return try await next(request, context)
    }

    /// As a proxy in front would name it; the address otherwise.
    private func client(of request: Request, _ context: ShopContext) -> String {
        if let named = request.headers[.client], let client = try? Identifier.checked(named, "a client") {
            return client
        }
        return context.remoteAddress?.ipAddress ?? "unknown"
    }
}

/// A request that comes with a session keeps it; one that comes with a session that has ended is told.
struct SessionMiddleware: RouterMiddleware {
    let sessions: Sessions

    func handle(
        _ request: Request, context: ShopContext, next: (Request, ShopContext) async throws -> Response
    ) async throws -> Response {
        guard let id = request.headers[.session] else { return try await next(request, context) }
        var context = context
        context.customer = try await sessions.touch(try Identifier.checked(id, "the Session header"))
        return try await next(request, context)
    }
}

extension HTTPField.Name {
    static let client = HTTPField.Name("Client")!
    static let session = HTTPField.Name("Session")!
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    static let faultToken = HTTPField.Name("Fault-Token")!
}
