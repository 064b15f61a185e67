import Testing

@Suite struct PackageTests {
    @Test func builds() { #expect(Bool(true)) }
}
