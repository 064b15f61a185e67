import Foundation
import Hummingbird
import NIOCore
import ShopCore

/// JSON in and out.
enum Answer {
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(value)) ?? Data()
        var buffer = ByteBuffer(bytes: data)
        buffer.writeString("\n")
        return Response(
            status: status, headers: [.contentType: "application/json"], body: .init(byteBuffer: buffer))
    }

    static func text(_ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    static func problem(_ request: Request, _ problem: Problem) -> Response {
        let status = HTTPResponse.Status(code: problem.status)
        var response = request.wantsPage ? Page.problem(problem).response(status) : json(problem, status: status)
        if problem.status == 429 || problem.status == 503 { response.headers[.retryAfter] = "1" }
        return response
    }
}

extension Request {
    /// The body, if it is what it should be.
    func read<T: Decodable>(_ type: T.Type) async throws -> T {
        let tooLong = Problem(413, "body_too_long", "a body may have \(JSONBody.longest) bytes")
        if let announced = headers[.contentLength].flatMap({ Int($0) }), announced > JSONBody.longest {
            throw tooLong
        }
        let bytes: ByteBuffer
        do { bytes = try await body.collect(upTo: JSONBody.longest) } catch is NIOTooManyBytesError { throw tooLong }
        return try JSONBody.decode(type, from: Data(bytes.readableBytesView))
    }
}

extension ShopContext {
    /// The part of the path that stands for `what`.
    func name(_ parameter: String, _ what: String) throws -> String {
        try Identifier.checked(parameters.get(parameter) ?? "", what)
    }
}
