import DrillPlan
import Testing

@Test("The same seed gives the same plan, another seed another one") func seeded() {
    #expect(FaultPlan(seed: 7, seconds: 20) == FaultPlan(seed: 7, seconds: 20))
    #expect(FaultPlan(seed: 7, seconds: 20).faults != FaultPlan(seed: 8, seconds: 20).faults)
}

@Test("Even a short plan has more than ten faults of each kind, in order, inside the run", arguments: [15, 20, 60])
func complete(_ seconds: Int) {
    for seed in 0..<20 {
        let plan = FaultPlan(seed: UInt64(seed), seconds: seconds)
        for kind in Fault.Kind.allCases {
            #expect(plan.faults.count { $0.kind == kind } > 10)
        }
        #expect(plan.faults.map(\.at) == plan.faults.map(\.at).sorted())
        #expect(plan.faults.allSatisfy { $0.at >= 1_000 && $0.at <= seconds * 1_000 - 2_000 })
        #expect(plan.faults.allSatisfy { $0.role != .connection || (1...10).contains($0.index) })
    }
}

@Test("A printed plan has a line for each fault") func printed() {
    let plan = FaultPlan(seed: 1, seconds: 15)
    #expect(plan.description.split(separator: "\n").count == plan.faults.count + 1)
    #expect(plan.description.contains("kill-supervisor"))
}
