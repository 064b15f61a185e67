import Testing

@testable import OTP

/// Keys under which so many are registered that the list of them is kept for those who look next.
@Suite struct RegistryListTests {
    private let keys: RegistryName<String, Subscription> = "large keys"

    /// A value whose end can be seen.
    private final class Subscription: Sendable {
        let number: Int
        init(_ number: Int) { self.number = number }
    }

    private static func idle() -> ProcessRef<Int> {
        spawn(receiving: Int.self) { me in while true { _ = try await me.receive() } }
    }

    private func numbers() -> [Int] {
        var numbers: [Int] = []
        keys.dispatch("news") { numbers = $0.map(\.value.number) }
        return numbers
    }

    @Test("RG-047 what many look up under one key follows who registers, unregisters and ends, from that moment on")
    func follows() {
        play { scene in
            let supervisor = try await Registry(keys, keys: .duplicate).start()
            let core = try need(keys.core)
            var holders = try (0..<40).map { number in
                let process = Self.idle()
                try core.register("news", Subscription(number), process.server.cell)
                return (number: number, process: process)
            }
            for round in 0..<40 {
                try check(numbers(), is: holders.map(\.number))
                try check(numbers(), is: holders.map(\.number))
                switch round % 3 {
                case 0:
                    holders.remove(at: round / 2).process.sendExit(.kill)
                case 1:
                    let process = Self.idle()
                    try core.register("news", Subscription(100 + round), process.server.cell)
                    holders.append((100 + round, process))
                default:
                    core.unregister("news", holders.removeFirst().process.server.cell)
                }
            }
            try check(numbers(), is: holders.map(\.number))
            try await supervisor.stop()
            try check(numbers(), is: [])
        }
    }

    @Test("a list that is kept keeps no value longer than its registration")
    func letsGo() {
        play { scene in
            let supervisor = try await Registry(keys, keys: .duplicate).start()
            let core = try need(keys.core)
            let holders = (0..<20).map { _ in Self.idle() }
            weak var first: Subscription?
            weak var last: Subscription?
            for (number, holder) in holders.enumerated() {
                let value = Subscription(number)
                if number == 0 { first = value }
                if number == 19 { last = value }
                try core.register("news", value, holder.server.cell)
            }
            try check(numbers().count, is: 20)
            core.unregister("news", holders[0].server.cell)
            try check(first == nil)
            try check(last != nil)
            try check(numbers().count, is: 19)
            holders[19].sendExit(.kill)
            try check(last == nil)
            try await supervisor.stop()
        }
    }

    @Test("RG-053 on several threads, who has ended or unregistered a holder does not find it any more")
    func race() async throws {
        let wrong = try await onThreads { me in
            let keys: RegistryName<Int, Int> = "race of a large key"
            let supervisor = try await Registry(keys, keys: .duplicate).start()
            let core = try #require(keys.core)
            let wrong = Locked(0)
            let workers = (0..<4).map { number in
                spawn(receiving: Int.self) { me in
                    var own: [ProcessRef<Int>] = []
                    for _ in 0..<150 {
                        let process = Self.idle()
                        try core.register(1, number, process.server.cell)
                        own.append(process)
                        if keys.lookup(1).count(where: { $0.value == number }) != own.count { wrong.with { $0 += 1 } }
                    }
                    while let process = own.popLast() {
                        if own.count % 2 == 0 {
                            process.sendExit(.kill)
                        } else {
                            core.unregister(1, process.server.cell)
                        }
                        if keys.lookup(1).count(where: { $0.value == number }) != own.count { wrong.with { $0 += 1 } }
                        process.sendExit(.kill)
                    }
                }
            }
            for worker in workers { _ = await worker.waitForEnd() }
            let left = keys.lookup(1).count
            try await supervisor.stop()
            return wrong.value + left
        }
        #expect(wrong == 0)
    }
}
