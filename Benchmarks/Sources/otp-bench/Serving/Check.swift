/// A row's own result was not what it must be.
struct WrongResult: Error {
    let found: String
    let expected: String
}

/// Every row verifies what it did: a fast wrong answer is no answer.
func check<T: Equatable>(_ found: T, _ expected: T) throws {
    guard found == expected else { throw WrongResult(found: "\(found)", expected: "\(expected)") }
}
