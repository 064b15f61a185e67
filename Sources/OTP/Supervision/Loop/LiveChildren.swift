/// What a supervisor's loop knows of one run of a child: from its start until its end has been told to the machine.
struct LiveChild {
    /// 0: nobody.
    var life: UInt64
    /// Nil while it waits for its name.
    var cell: ProcessCell?
    /// It is in its `init`, in a turn of its own.
    var start: ChildStart?
    /// It is in its `init`, or about to be, on the thread that ran the supervisor: its own, or that of whoever asked.
    var isBeginning = false
    /// The time for its start has passed, and it takes its leave, because it was told to end during its `init`: the start has
    /// failed when it has ended.
    var isLeaving = false
    /// It ended before it was known that it had started.
    var earlyExit: ExitReason?
    /// Its name still belongs to a process that is ending.
    var held: HeldStart?
    var monitor: MonitorRef?

    /// Stands for a life that is not known.
    fileprivate static var nobody: LiveChild { LiveChild(life: 0) }

    /// Whether it is not known yet what becomes of its start.
    var isStarting: Bool { isBeginning || start != nil || isLeaving }
}

/// The children of one supervisor that live or are about to, in the machine's slots: in each at most one life at a time.
///
/// Entries lie in the array itself, free ones too, whose life is 0: to look into one copies nothing of it.
struct LiveChildren {
    /// The first stands for whoever is not known.
    private var slots: [LiveChild] = [.nobody]
    private var refs: [PID: ChildRef] = [:]

    private func index(_ ref: ChildRef) -> Int {
        let index = ref.slot + 1
        return index < slots.count && slots[index].life == ref.life ? index : 0
    }

    /// What is known of a life: nothing, if it is not known.
    subscript(ref: ChildRef) -> LiveChild {
        _read { yield slots[index(ref)] }
    }

    func ref(of pid: PID) -> ChildRef? { refs[pid] }

    /// Notes a life; what was known of an earlier one in its place is forgotten.
    mutating func insert(_ ref: ChildRef, _ child: consuming LiveChild) {
        while slots.count <= ref.slot + 1 { slots.append(.nobody) }
        slots[ref.slot + 1] = consume child
        if let cell = slots[ref.slot + 1].cell { refs[cell.pid] = ref }
    }

    /// Changes what is known of a life, if it is.
    mutating func change(_ ref: ChildRef, _ body: (inout LiveChild) -> Void) {
        let index = index(ref)
        if index > 0 { body(&slots[index]) }
    }

    mutating func remove(_ ref: ChildRef) {
        let index = index(ref)
        if index == 0 { return }
        if let cell = slots[index].cell { refs[cell.pid] = nil }
        slots[index] = .nobody
    }

    /// Those that are in their `init` in turns of their own.
    var starts: [ChildStart] { slots.compactMap(\.start) }
}
