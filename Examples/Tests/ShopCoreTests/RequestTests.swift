import Foundation
import ShopCore
import Testing

private func refusal(_ body: String) -> Problem? {
    do {
        _ = try JSONBody.decode(OrderRequest.self, from: Data(body.utf8))
        return nil
    } catch {
        return error
    }
}

@Test("An order's body is read, and what else a cart's document holds is let through") func reads() throws {
    let body = """
        {"cart":"ann","version":"5f3a.2","lines":[{"product":"tea","quantity":2,"price":450}],"total":900}
        """
    let request = try JSONBody.decode(OrderRequest.self, from: Data(body.utf8))
    #expect(request.version == CartVersion(incarnation: "5f3a", changes: 2))
    #expect(request.canonical == "ann@5f3a.2 tea*2 =900")
}

@Test(
    "What is wrong with a body is named",
    arguments: [
        ("", "no_body", "JSON"), ("{", "bad_json", "not JSON"), ("[1]", "wrong_type", "the body"),
        (#"{"version":"1.0"}"#, "missing_field", "'cart'"),
        (#"{"cart":7,"version":"1.0"}"#, "wrong_type", "'cart' must be a string"),
        (#"{"cart":null,"version":"1.0"}"#, "wrong_type", "'cart' must be a string"),
        (#"{"cart":"a","version":"1"}"#, "bad_version", "'version'"),
        (#"{"cart":"a","version":"1.-1"}"#, "bad_version", "'version'"),
        (#"{"cart":"a","version":"../etc.1"}"#, "bad_version", "'version'"),
        (#"{"cart":"../etc/passwd","version":"1.0"}"#, "bad_name", "'cart'"),
        (#"{"cart":"","version":"1.0"}"#, "bad_name", "'cart'"),
        (#"{"cart":"a","version":"1.0","total":"nine"}"#, "wrong_type", "'total' must be a whole number"),
        (#"{"cart":"a","version":"1.0","total":1.5}"#, "wrong_type", "whole number"),
        (#"{"cart":"a","version":"1.0","lines":{}}"#, "wrong_type", "'lines' must be an array"),
        (#"{"cart":"a","version":"1.0","lines":[{"product":"tea"}]}"#, "missing_field", "'lines[0].quantity'"),
        (
            #"{"cart":"a","version":"1.0","lines":[{"product":"tea","quantity":99999999999999999999}]}"#, "wrong_type",
            "64 bits"
        ),
    ])
func names(_ body: String, _ code: String, _ words: String) {
    let problem = refusal(body)
    #expect(problem?.code == code)
    #expect(problem?.message.contains(words) == true, "\(problem.map { "\($0)" } ?? "accepted")")
    #expect((400..<500).contains(problem?.status ?? 0))
}

@Test("A body that is too long is refused before it is read") func tooLong() {
    #expect(refusal(String(repeating: " ", count: JSONBody.longest + 1))?.status == 413)
}

@Test(
    "Names hold nothing that a path could mean",
    arguments: ["a/b", "..", "a b", "%2e", "ä", String(repeating: "a", count: 65)])
func identifiers(_ name: String) {
    #expect(throws: Problem.self) { try Identifier.checked(name, "a name") }
}
