import HTTPTypes
import Hummingbird

/// Only who knows the token comes in; to anyone else there is nothing here.
struct TokenMiddleware: RouterMiddleware {
    let token: String

    func handle(
        _ request: Request, context: ShopContext, next: (Request, ShopContext) async throws -> Response
    ) async throws -> Response {
        guard request.headers[.faultToken] == token else { throw HTTPError(.notFound) }
        return try await next(request, context)
    }
}
