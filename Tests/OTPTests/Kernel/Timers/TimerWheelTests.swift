import Testing

@testable import OTP

/// A wheel beside a plain list that is searched each time.
@Suite struct TimerWheelTests {
    private struct Entry {
        let index: UInt32
        var deadline: UInt64
        var order: UInt64
        let body: UInt64
        /// Taken out and not set again yet.
        var isOut = false
    }

    private struct Model {
        var wheel = [Entry]()
        var now: UInt64

        var earliest: Int? {
            wheel.indices.filter { !wheel[$0].isOut }
                .min { (wheel[$0].deadline, wheel[$0].order) < (wheel[$1].deadline, wheel[$1].order) }
        }
    }

    /// How far away a deadline is: any width, from nothing to the end of the clock, and in the past.
    private func distance(_ random: inout SplitMix) -> UInt64 { random.next() >> (random.next() % 63 + 1) }

    private func deadline(from now: UInt64, _ random: inout SplitMix) -> UInt64 {
        switch random.next() % 16 {
        case 0: return now &- min(now, distance(&random))
        case 1: return now
        case 2: return .max - 1
        // The first moment of some slot, and the last one of another.
        case 3: return (now >> 18 + random.next() % 5) << 18 &- random.next() % 2
        case 4: return ((now >> 24) + random.next() % 5) << 24
        // Close together, so that many are due at once.
        case 5...9: return now &+ random.next() % 40
        default:
            let (sum, over) = now.addingReportingOverflow(distance(&random))
            return over ? .max - 1 : sum
        }
    }

    @Test("a wheel gives what a sorted list would give, in the same order", arguments: 0..<24 as Range<UInt64>)
    func asAList(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var wheel = TimerWheel<UInt64>()
        var model = Model(now: seed % 3 == 0 ? 0 : distance(&random))
        var order: UInt64 = 0
        var gone: [(index: UInt32, order: UInt64)] = []
        for step in 0..<2_000 {
            order += 1
            let mayRemove = !model.wheel.isEmpty
            let pick = model.wheel.isEmpty ? 0 : Int(random.next() % UInt64(model.wheel.count))
            switch random.next() % 16 {
            case 0..<7:
                let deadline = deadline(from: model.now, &random)
                let body = random.next()
                let index = wheel.insert(body, at: deadline, order: order)
                #expect(!model.wheel.contains { $0.index == index })
                model.wheel.append(Entry(index: index, deadline: deadline, order: order, body: body))
            case 7..<10 where mayRemove:
                let entry = model.wheel.remove(at: pick)
                wheel.remove(entry.index)
                gone.append((entry.index, entry.order))
            case 10 where mayRemove && model.wheel[pick].isOut:
                let deadline = deadline(from: model.now, &random)
                wheel.reset(model.wheel[pick].index, at: deadline, order: order)
                model.wheel[pick].deadline = deadline
                model.wheel[pick].order = order
                model.wheel[pick].isOut = false
            case 11:
                let (sum, over) = model.now.addingReportingOverflow(distance(&random) >> 8)
                model.now = over ? .max - 2 : sum
                // The last moment before some slot of a higher level begins.
                if random.next() % 2 == 0 { model.now = min(model.now | 0xFF_FFFF, .max - 2) }
            case 12:
                let limit = Int(random.next() % 4)
                let guess = wheel.earliest(lookingAt: limit)
                let exact = model.earliest.map { model.wheel[$0].deadline }
                #expect((guess == nil) == (exact == nil))
                if let guess, let exact { #expect(guess <= exact) }
                #expect(wheel.earliest() == exact)
            default:
                let due = model.earliest.flatMap { model.wheel[$0].deadline <= model.now ? $0 : nil }
                let popped = wheel.popDue(at: model.now)
                guard popped == due.map({ model.wheel[$0].index }) else {
                    Issue.record("step \(step): \(String(describing: popped)) instead of \(String(describing: due))")
                    return
                }
                guard let due else { break }
                #expect(wheel.node(model.wheel[due].index).pointee.body == model.wheel[due].body)
                if random.next() % 4 == 0 {
                    model.wheel[due].isOut = true
                } else {
                    let entry = model.wheel.remove(at: due)
                    wheel.remove(entry.index)
                    gone.append((entry.index, entry.order))
                }
            }
            #expect(wheel.count == model.wheel.count)
            if let entry = model.wheel.last { #expect(wheel.find(entry.index)?.pointee.order == entry.order) }
            if let past = gone.last { #expect(wheel.find(past.index)?.pointee.order != past.order) }
        }
        // All that is left comes by the end of the clock.
        model.now = .max
        model.wheel.removeAll(where: \.isOut)
        while let due = model.earliest {
            let popped = wheel.popDue(at: .max)
            #expect(popped == model.wheel[due].index)
            if let popped { wheel.remove(popped) }
            model.wheel.remove(at: due)
        }
        let rest = wheel.popDue(at: .max)
        #expect(rest == nil)
    }

    @Test func `a clock that goes on by itself is told in time when to look again`() {
        for seed in 0..<40 as Range<UInt64> {
            var random = SplitMix(seed: seed)
            var wheel = TimerWheel<UInt64>()
            var now: UInt64 = 1_000_000_000
            var pending: [UInt64: UInt64] = [:]
            var looks = 0
            for order in 1...400 as ClosedRange<UInt64> {
                let deadline = now + random.next() % 3_000_000_000
                _ = wheel.insert(deadline, at: deadline, order: order)
                pending[order] = deadline
            }
            while let next = wheel.earliest(lookingAt: 4) {
                looks += 1
                now = max(now, next)
                while let index = wheel.popDue(at: now) {
                    let node = wheel.node(index).pointee
                    #expect(node.deadline == now, "at its time, neither earlier nor later")
                    #expect(pending.removeValue(forKey: node.order) == node.deadline)
                    wheel.remove(index)
                }
            }
            #expect(pending.isEmpty)
            #expect(looks < 1_200)
        }
    }

    @Test func `memory is given back when timers are over, and used again before that`() {
        var wheel = TimerWheel<UInt64>()
        var random = SplitMix(seed: 1)
        for round in 0..<3 {
            var all: [UInt32] = []
            for number in 0..<10_000 as Range<UInt64> {
                let order = UInt64(round) * 10_000 + number + 1
                all.append(wheel.insert(number, at: random.next() >> 20, order: order))
            }
            #expect(Set(all).count == 10_000)
            let most = wheel.size
            #expect(most == (10_000 + 255) / 256)
            while !all.isEmpty {
                wheel.remove(all.swapRemove(at: Int(random.next() % UInt64(all.count))))
                #expect(wheel.count == all.count)
            }
            #expect(wheel.size <= 1)
        }
    }

    @Test func `timers that are set and cancelled while the clock stands still leave nothing behind`() {
        var queue = TimerQueue<UInt32>()
        queue.insert(1, at: 1, order: 1)
        #expect(queue.count == 1)
        var wheel = TimerWheel<UInt64>()
        let none = wheel.popDue(at: 1_000_000_000)
        #expect(none == nil)
        for order in 1...10_000 as ClosedRange<UInt64> {
            wheel.remove(wheel.insert(order, at: 1_000_000_000, order: order))
        }
        #expect(wheel.count == 0)
        #expect(wheel.nearCount < 100)
        #expect(wheel.earliest() == nil)
    }
}

extension Array {
    /// Takes an element out; the last one takes its place.
    fileprivate mutating func swapRemove(at index: Int) -> Element {
        swapAt(index, count - 1)
        return removeLast()
    }
}
