import BenchKit
import Testing

@Suite struct ThreadTimeTests {
    @Test func theSystemsLineIsRead() {
        #expect(ThreadTime(schedstat: "1200 340 7\n").map { [$0.running, $0.ready] } == [1200, 340])
        #expect(ThreadTime(schedstat: "1200 340") == nil)
        #expect(ThreadTime(schedstat: "") == nil)
    }

    @Test func aThreadIsMeantByAPrefixAndANumber() {
        #expect(ThreadTime.isMeant("otp-3", "otp-", below: 4))
        #expect(!ThreadTime.isMeant("otp-4", "otp-", below: 4))
        #expect(!ThreadTime.isMeant("otp-bench", "otp-", below: 4))
        #expect(!ThreadTime.isMeant("otp-", "otp-", below: 4))
    }

    @Test func differencesAreTakenOfBoth() {
        let (a, b) = (ThreadTime(schedstat: "30 20 1"), ThreadTime(schedstat: "10 5 1"))
        guard let a, let b else { return #expect(Bool(false)) }
        #expect([(a - b).running, (a - b).ready] == [20, 15])
    }
}
