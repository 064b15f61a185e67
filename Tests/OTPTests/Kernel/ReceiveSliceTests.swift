import OTP
import Testing

@Suite("slices of plain processes") struct ReceiveSliceTests {
    @Test("a body that always finds a message lets others run all the same", arguments: [false, true])
    func slices(isSelective: Bool) throws {
        let lines = try played { me, journal in
            let other = me.node.spawn(receiving: Int.self) { me in
                _ = try await me.receive()
                journal.note("other")
            }
            let busy = me.node.spawn(receiving: Int.self) { me in
                while true {
                    let number = isSelective ? try await me.receive(matching: { $0 }) : try await me.receive()
                    journal.note("\(number)")
                    if number == 1 { other.send(0) }
                    if number == 1_000 { return }
                }
            }
            for number in 1...1_000 { busy.send(number) }
            #expect(await busy.waitForEnd()?.isNormal == true)
            #expect(await other.waitForEnd()?.isNormal == true)
        }
        #expect(lines.filter { $0 != "other" } == (1...1_000).map(String.init))
        let place = lines.firstIndex(of: "other") ?? .max
        #expect(place <= 256, "others had to wait for \(place) messages")
    }
}
