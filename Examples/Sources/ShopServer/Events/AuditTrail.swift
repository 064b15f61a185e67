import Foundation
import OTP
import ShopCore

/// Writes a line for every order, before its customer is told that it is placed.
struct AuditTrail: EventHandler {
    enum Call: Sendable {
        case receipt(event: Int, Reply<Receipts.Answer>)
        case latest(Reply<[Line]>)
    }

    /// What was written.
    struct Line: Codable, Sendable {
        let event: Int
        let order: Int
        let key: String
        let total: Cents
    }

    private static let shown = 20
    private let file: AuditFile?
    private var receipts: Receipts
    private var latest: [Line] = []

    /// - Parameters:
    ///   - path: Lines are added to this file; nil for none.
    ///   - told: The number of the latest event so far.
    init(path: String?, told: Int) async throws {
        if let path { file = try await Blocking.run { try AuditFile(path: path) } } else { file = nil }
        receipts = Receipts(after: told)
    }

    mutating func handleEvent(_ event: OrderEvent) async throws -> Next {
        let line = Line(event: event.number, order: event.order.order, key: event.order.key, total: event.order.total)
        if let file { try await Blocking.run { try file.append(line) } }
        receipts.note(event.number)
        latest.insert(line, at: 0)
        if latest.count > Self.shown { latest.removeLast() }
        return .keep
    }

    func handleCall(_ call: Call) -> Next {
        switch call {
        case .receipt(let number, let reply): reply(receipts.answer(for: number))
        case .latest(let reply): reply(latest)
        }
        return .keep
    }

    func formatStatus(_ status: StatusContext) -> String {
        "\(latest.count) lines, the latest \(latest.first?.order ?? 0)"
    }
}

/// A file to which lines are added. A line is there whole or not at all, also if a predecessor still writes one.
final class AuditFile: Sendable {
    private let handle: FileHandle

    init(path: String) throws {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw CocoaError(.fileWriteNoPermission, userInfo: [NSFilePathErrorKey: path])
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    func append(_ line: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        var data = try encoder.encode(line)
        data.append(UInt8(ascii: "\n"))
        try handle.write(contentsOf: data)
    }
}
