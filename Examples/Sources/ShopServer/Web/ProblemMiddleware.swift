import Hummingbird
import Logging
import OTP
import ShopCore

/// Outermost: whatever goes wrong below becomes an answer that says what.
struct ProblemMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: ShopContext, next: (Request, ShopContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return Answer.problem(request, problem)
        } catch let error as CallError {
            return Answer.problem(request, .lostOnTheWay(error))
        } catch let error as HTTPError where error.status == .notFound {
            let problem = Problem.notFound(
                "there is no \(request.method) \(request.uri.path.prefix(100)); GET / lists what there is")
            return Answer.problem(request, problem)
        } catch let error as any HTTPResponseError {
            return Answer.problem(
                request, Problem(error.status.code, "refused", "\(error.status.reasonPhrase): \(error)"))
        } catch {
            context.logger.error("a request failed", metadata: ["error": "\(error)", "path": "\(request.uri.path)"])
            return Answer.problem(request, Problem(500, "internal", "the shop could not do this; it has noted why"))
        }
    }
}
