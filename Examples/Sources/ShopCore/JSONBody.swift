public import Foundation

/// JSON from outside, read strictly: what is wrong with it is said in terms of the document, not of Swift.
public enum JSONBody {
    /// Bytes in a body.
    public static let longest = 16 * 1024

    public static func decode<T: Decodable>(_ type: T.Type, from bytes: Data) throws(Problem) -> T {
        guard bytes.count <= longest else {
            throw Problem(413, "body_too_long", "a body may have \(longest) bytes")
        }
        guard !bytes.isEmpty else { throw .invalid("no_body", "the request needs a JSON body") }
        do {
            return try JSONDecoder().decode(type, from: bytes)
        } catch let problem as Problem {
            throw problem
        } catch let error as DecodingError {
            throw explain(error, in: bytes)
        } catch {
            throw .invalid("bad_json", "the body is not JSON")
        }
    }

    private static func explain(_ error: DecodingError, in bytes: Data) -> Problem {
        switch error {
        case .keyNotFound(let key, let context):
            .invalid("missing_field", "\(place(context.codingPath + [key])) is missing")
        case .typeMismatch(let type, let context):
            .invalid("wrong_type", "\(place(context.codingPath)) must be \(word(for: type))")
        case .valueNotFound(let type, let context):
            .invalid("wrong_type", "\(place(context.codingPath)) must be \(word(for: type)), not null")
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            .invalid("wrong_type", "\(place(context.codingPath)) has a value that cannot be used")
        case .dataCorrupted where (try? JSONSerialization.jsonObject(with: bytes, options: .fragmentsAllowed)) != nil:
            // The decoder does not say which one.
            .invalid("wrong_type", "a number in the body must be a whole number of at most 64 bits, and is not")
        default:
            .invalid("bad_json", "the body is not JSON")
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        guard !path.isEmpty else { return "the body" }
        var text = ""
        for key in path {
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue
            }
        }
        return "'\(text)'"
    }

    private static func word(for type: any Any.Type) -> String {
        switch type {
        case is Int.Type, is Double.Type: "a whole number"
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is [Any].Type: "an array"
        default: "\(type)".contains("Array") ? "an array" : "an object"
        }
    }
}
