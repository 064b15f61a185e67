internal import COTPRuntime
internal import Synchronization

/// Objects that have ended on another worker than the one that made them, on their way back: that one frees them.
///
/// The C library's allocator locks what belongs to a thread for each block that another one frees there, and the thread
/// itself sleeps for that lock when it allocates. Where one worker starts processes and others run them, this was half of
/// all that was done.
struct ReturnBundle {
    /// How many objects travel together.
    static let capacity = 30
    private let words: UnsafeMutablePointer<UInt>

    /// What is next on the way, and how many there are; then the objects, each retained.
    private static var next: Int { 0 }
    private static var count: Int { 1 }
    private static var first: Int { 2 }
    /// So many of the first cache lines of an object are needed when its memory is used again.
    private static var linesOfObject: Int { 6 }

    init() {
        words = .allocate(capacity: Self.first + Self.capacity)
        words[Self.next] = 0
        words[Self.count] = 0
    }

    init?(bits: UInt) {
        guard let words = UnsafeMutablePointer<UInt>(bitPattern: bits) else { return nil }
        self.words = words
    }

    var bits: UInt { UInt(bitPattern: words) }
    var following: UInt {
        get { words[Self.next] }
        nonmutating set { words[Self.next] = newValue }
    }
    var isFull: Bool { words[Self.count] == UInt(Self.capacity) }

    func append(_ object: Unmanaged<AnyObject>) {
        assert(!isFull, "a bundle holds \(Self.capacity) objects")
        words[Self.first + Int(words[Self.count])] = UInt(bitPattern: object.toOpaque())
        words[Self.count] &+= 1
    }

    var isEmpty: Bool { words[Self.count] == 0 }

    /// Takes one out. It has been in the caches of another processor: this one is asked for those that come soon.
    func removeLast() -> Unmanaged<AnyObject> {
        assert(!isEmpty, "a bundle with nothing in it is put aside")
        let count = Int(words[Self.count]) - 1
        words[Self.count] = UInt(count)
        if let soon = UnsafeRawPointer(bitPattern: words[Self.first + max(0, count - 3)]) {
            for line in 0..<Self.linesOfObject { otp_prefetch(soon + line * 64) }
        }
        return .fromWord(words[Self.first + count])
    }

    /// The bundle itself is of no use any more.
    func discard() { words.deallocate() }

    /// Lets all of them go. The bundle must not be used again.
    func free() {
        for index in 0..<Int(words[Self.count]) {
            Unmanaged<AnyObject>.fromWord(words[Self.first + index]).release()
        }
        words.deallocate()
    }
}

/// What has come back to a worker: others add to it, the worker takes it.
struct Arrivals: ~Copyable {
    /// How many bundles may wait for a worker that does not look. Whoever has further ones frees them himself.
    static let most = 1024
    /// The worker has ended: nothing comes back to it any more.
    private static var closed: UInt { 1 }

    /// The bundle that came last. In a line of its own: only the worker looks, and mostly there is nothing new.
    private let head = LoneWord<UInt>()
    private let number = Atomic<Int>(0)

    deinit { head.destroy() }

    /// True also of a worker that has ended.
    var isEmpty: Bool { head.atomic.pointee.load(ordering: .relaxed) <= Self.closed }

    /// False if the worker has ended or has too many of them: the bundle stays the caller's.
    func add(_ bundle: ReturnBundle) -> Bool {
        if number.load(ordering: .relaxed) >= Self.most { return false }
        var before = head.atomic.pointee.load(ordering: .relaxed)
        while true {
            if before == Self.closed { return false }
            bundle.following = before
            let (exchanged, original) = head.atomic.pointee.compareExchange(
                expected: before, desired: bundle.bits, ordering: .acquiringAndReleasing)
            if exchanged { break }
            before = original
        }
        number.add(1, ordering: .relaxed)
        return true
    }

    /// All that have come, one leading to the next; 0: none.
    func takeAll() -> UInt {
        var word = head.atomic.pointee.load(ordering: .relaxed)
        while word > Self.closed {
            let (exchanged, original) = head.atomic.pointee.compareExchange(
                expected: word, desired: 0, ordering: .acquiringAndReleasing)
            if exchanged { return taken(word) }
            word = original
        }
        return 0
    }

    /// The same for the last time.
    func close() -> UInt {
        let word = head.atomic.pointee.exchange(Self.closed, ordering: .acquiringAndReleasing)
        return word > Self.closed ? taken(word) : 0
    }

    private func taken(_ word: UInt) -> UInt {
        var count = 0
        var next = word
        while let bundle = ReturnBundle(bits: next) {
            count += 1
            next = bundle.following
        }
        number.subtract(count, ordering: .relaxed)
        return word
    }
}

extension Worker {
    /// What a new process notes of where it is made: nothing (0) on threads that nothing comes back to. What has come back
    /// is freed, for now its memory can be used.
    @inline(__always) static func home(on scheduler: Unmanaged<Scheduler>) -> UInt8 {
        guard let worker = current(of: scheduler) else { return 0 }
        if hasReturns(worker) { freeOne(of: worker) }
        return worker.pointee.home
    }

    /// The same for what is made under a lock, where nothing is freed.
    static func home(among scheduler: Unmanaged<Scheduler>) -> UInt8 {
        current(of: scheduler)?.pointee.home ?? 0
    }

    /// Whether anything has come back that is not freed yet.
    @inline(__always) static func hasReturns(_ worker: UnsafeMutablePointer<Worker>) -> Bool {
        !worker.pointee.arrivals.isEmpty || worker.pointee.arrived != 0
    }

    /// Sends an object back to the worker that made it, or frees it if that cannot be. What has not filled a bundle stays until
    /// the worker sleeps.
    static func giveBack(_ object: Unmanaged<AnyObject>, to home: UInt8, from worker: UnsafeMutablePointer<Worker>) {
        guard worker.pointee.home != 0 else { return object.release() }
        assert(home != 0, "what belongs to no worker goes back to none")
        let place = worker.pointee.departures + Int(home)
        let bundle = ReturnBundle(bits: place.pointee) ?? ReturnBundle()
        bundle.append(object)
        if bundle.isFull {
            place.pointee = 0
            depart(bundle, to: home, from: worker)
        } else {
            place.pointee = bundle.bits
        }
    }

    private static func depart(_ bundle: ReturnBundle, to home: UInt8, from worker: UnsafeMutablePointer<Worker>) {
        let index = Int(home) - 1
        worker.pointee.schedulerRef._withUnsafeGuaranteedRef { scheduler in
            let receiver = scheduler.workers[index]
            if !receiver.pointee.arrivals.add(bundle) { return bundle.free() }
            // One that sleeps would not look for long. Pairs with the fence in `park`: either the other worker sees what
            // has come or we see that it sleeps.
            atomicMemoryFence(ordering: .sequentiallyConsistent)
            if scheduler.isIdle(workerAt: index) { freeAll(receiver.pointee.arrivals.takeAll()) }
        }
    }

    private static func freeAll(_ word: UInt) {
        var rest = word
        while let bundle = ReturnBundle(bits: rest) {
            rest = bundle.following
            bundle.free()
        }
    }

    /// Frees one of what came back; of more than one bundle two, so that they do not pile up. Its memory is what the
    /// allocator gives out next: of a whole bundle it would keep but a few pieces at hand.
    @inline(never) static func freeOne(of worker: UnsafeMutablePointer<Worker>) {
        if worker.pointee.isFreeing { return }
        worker.pointee.isFreeing = true
        var isPilingUp = true
        for _ in 0..<2 where isPilingUp {
            guard let bundle = firstArrived(at: worker) else { break }
            bundle.removeLast().release()
            isPilingUp = bundle.following != 0
            if bundle.isEmpty {
                worker.pointee.arrived = bundle.following
                bundle.discard()
            }
        }
        worker.pointee.isFreeing = false
    }

    /// Frees what came back in one bundle.
    @inline(never) static func freeSome(of worker: UnsafeMutablePointer<Worker>) {
        // What is freed may itself make or free something.
        if worker.pointee.isFreeing { return }
        guard let bundle = firstArrived(at: worker) else { return }
        worker.pointee.arrived = bundle.following
        worker.pointee.isFreeing = true
        bundle.free()
        worker.pointee.isFreeing = false
    }

    /// Of what has come back the bundle that is freed next.
    @inline(__always) private static func firstArrived(at worker: UnsafeMutablePointer<Worker>) -> ReturnBundle? {
        if worker.pointee.arrived == 0 { worker.pointee.arrived = worker.pointee.arrivals.takeAll() }
        return ReturnBundle(bits: worker.pointee.arrived)
    }

    /// Before the worker sleeps: sends back what it has of others, and frees what has come back to it. False: something has
    /// come that is to be run before the rest is freed, which may be much.
    @discardableResult static func settleReturns(of worker: UnsafeMutablePointer<Worker>) -> Bool {
        for home in 0...worker.pointee.schedulerRef._withUnsafeGuaranteedRef({ $0.capacity }) {
            guard let bundle = ReturnBundle(bits: worker.pointee.departures[home]) else { continue }
            worker.pointee.departures[home] = 0
            depart(bundle, to: UInt8(home), from: worker)
        }
        while hasReturns(worker), !worker.pointee.isFreeing {
            freeSome(of: worker)
            if worker.pointee.schedulerRef._withUnsafeGuaranteedRef({ $0.hasInjected }) { return false }
        }
        return true
    }

    /// The worker's thread ends: whoever has something of it frees that himself from now on.
    static func closeReturns(of worker: UnsafeMutablePointer<Worker>) {
        settleReturns(of: worker)
        freeAll(worker.pointee.arrived)
        worker.pointee.arrived = 0
        freeAll(worker.pointee.arrivals.close())
    }
}
