import Foundation
import ShopCore
import Testing

@Test("A configuration is read from an object of strings; what is not named is as ever") func readsConfiguration()
    throws
{
    let read = try ShopConfiguration(json: Data(#"{"greeting":"Hello","recent-orders":"9"}"#.utf8))
    #expect(read.greeting == "Hello")
    #expect(read.recentOrders == 9)
    #expect(read.suggestions == ShopConfiguration().suggestions)
    #expect(Set(read.values.keys) == Set(ShopConfiguration.Key.allCases.map(\.rawValue)))
}

@Test("Every key gives back what was put", arguments: ShopConfiguration.Key.allCases)
func puts(_ key: ShopConfiguration.Key) throws {
    var configuration = ShopConfiguration()
    try configuration.set(key, to: "10")
    #expect(configuration[key] == "10")
}

@Test(
    "What is no configuration is refused, and says what would be one",
    arguments: [
        ("[]", "bad_configuration"), (#"{"greeting":1}"#, "bad_configuration"), (#"{"colour":"red"}"#, "not_found"),
        (#"{"greeting":""}"#, "bad_value"), (#"{"greeting":"a\nb"}"#, "bad_value"),
        (#"{"recent-orders":"51"}"#, "bad_value"), (#"{"suggestions":"-1"}"#, "bad_value"),
        (#"{"profile-patience":"9"}"#, "bad_value"), (#"{"profile-patience":"soon"}"#, "bad_value"),
    ])
func refusesConfiguration(_ json: String, _ code: String) {
    let problem = #expect(throws: Problem.self) { try ShopConfiguration(json: Data(json.utf8)) }
    #expect(problem?.code == code)
}
