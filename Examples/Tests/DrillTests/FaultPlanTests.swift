import DrillLog
import DrillPlan
import Testing

@Test("The same seed gives the same plan, another seed another one") func seeded() {
    #expect(FaultPlan(seed: 7, seconds: 20) == FaultPlan(seed: 7, seconds: 20))
    #expect(FaultPlan(seed: 7, seconds: 20).faults != FaultPlan(seed: 8, seconds: 20).faults)
}

@Test("A plan has more than ten faults of each kind, in order, inside the run", arguments: [30, 60, 600])
func complete(_ seconds: Int) {
    for seed in 0..<20 {
        let plan = FaultPlan(seed: UInt64(seed), seconds: seconds)
        for kind in Fault.Kind.allCases {
            #expect(plan.faults.count { $0.kind == kind } > 10)
        }
        #expect(plan.faults.map(\.at) == plan.faults.map(\.at).sorted())
        #expect(plan.faults.map(\.number) == Array(plan.faults.indices))
        #expect(plan.faults.allSatisfy { $0.at >= 1_000 && $0.at <= seconds * 1_000 - 1_500 })
        #expect(plan.faults.allSatisfy { $0.role != .connection || (1...10).contains($0.index) })
    }
}

@Test("Even a plan for a few seconds has a fault of each kind") func few() {
    let plan = FaultPlan(seed: 1, seconds: 5)
    #expect(Set(plan.faults.map(\.kind)) == Set(Fault.Kind.allCases))
}

@Test("No program is ended in the second half: its memory is to be seen") func halves() {
    for seed in 0..<20 {
        let plan = FaultPlan(seed: UInt64(seed), seconds: 60)
        #expect(plan.faults.allSatisfy { $0.kind != .endProgram || $0.at < 30_000 })
    }
}

@Test("A printed plan has a line for each fault: offset, kind, role, index") func printed() {
    let plan = FaultPlan(seed: 1, seconds: 30)
    let lines = plan.description.split(separator: "\n")
    #expect(lines.count == plan.faults.count + 1)
    for (line, fault) in zip(lines.dropFirst(), plan.faults) {
        let words = line.split(separator: " ")
        #expect(words.prefix(4).map(String.init) == ["\(fault.at)", "ms", fault.kind.rawValue, fault.role.rawValue])
        #expect(words.dropFirst(4).first.map(String.init) == (fault.role.isOneOfMany ? "\(fault.index)" : nil))
    }
}

@Test("Every fault says whom it may touch: nobody, if clients misbehave, the bank fails or a handler of events does")
func reaches() {
    let unfelt: Set<Fault.Role> = [.client, .metrics, .bank, .link, .keeper]
    for fault in FaultPlan(seed: 1, seconds: 60).faults {
        #expect(fault.reach.isEmpty == unfelt.contains(fault.role))
        #expect(fault.reach.longest == (fault.kind == .endProgram ? 10_000 : 2_000))
    }
}
