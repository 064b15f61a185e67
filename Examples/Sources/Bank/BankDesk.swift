import BankWire
import NIOCore
import Synchronization

/// Where lines arrive and answers leave.
final class BankDesk: Sendable {
    private let ledger: BankLedger
    private let token: String?
    private let faults = BankFaults()
    private let connections = Mutex<[ObjectIdentifier: any Channel]>([:])

    init(_ ledger: BankLedger, token: String?) {
        self.ledger = ledger
        self.token = token
    }

    func open(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        connections.withLock { $0[id] = channel }
        channel.closeFuture.whenComplete { [weak self] _ in self?.forget(id) }
    }

    private func forget(_ id: ObjectIdentifier) { connections.withLock { _ = $0.removeValue(forKey: id) } }

    func close() async {
        for channel in connections.withLock({ Array($0.values) }) { try? await channel.close() }
        try? ledger.close()
    }

    func take(_ line: String, from channel: any Channel) {
        Task {
            do {
                try await serve(line, on: channel)
            } catch {
                // Whether it was written is not known here either.
                channel.close(promise: nil)
            }
        }
    }

    private func serve(_ line: String, on channel: any Channel) async throws {
        if let request = BankRequest(line) {
            let answer = try await ledger.answer(to: request)
            await faults.pass(.afterWrite, key: request.key)
            try await say(answer, on: channel)
            await faults.pass(.afterAnswer, key: request.key)
            return
        }
        let words = line.split(separator: " ").map(String.init)
        guard let token, words.count > 2, words[0] == "door", words[1] == token,
            let command = BankDoor(Array(words.dropFirst(2)))
        else { return send("not-understood", on: channel) }
        // Whoever comes in by the door is no shop.
        forget(ObjectIdentifier(channel))
        try await obey(command, channel)
    }

    private func say(_ answer: BankAnswer, on channel: any Channel) async throws {
        switch faults.nextMishap() {
        case nil: send(answer.line, on: channel)
        case .lost: break
        case .doubled:
            send(answer.line, on: channel)
            send(answer.line, on: channel)
        case .late(let time):
            try await Task.sleep(for: .milliseconds(time))
            send(answer.line, on: channel)
        }
    }

    private func obey(_ command: BankDoor, _ channel: any Channel) async throws {
        switch command {
        case .hold(let point):
            let held = faults.hold(point)
            send("ok", on: channel)
            guard let key = await held.first(where: { _ in true }) else { return }
            return send("held \(point.rawValue) \(key)", on: channel)
        case .release: faults.release()
        case .mishap(let mishap, let count): faults.prepare(mishap, count: count)
        case .cut:
            for channel in connections.withLock({ Array($0.values) }) { channel.close(promise: nil) }
        case .again(let key):
            guard let answer = try await ledger.answer(toKey: key) else { break }
            for channel in connections.withLock({ Array($0.values) }) { send(answer.line, on: channel) }
        }
        send("ok", on: channel)
    }

    private func send(_ line: String, on channel: any Channel) { channel.writeAndFlush(line, promise: nil) }
}
