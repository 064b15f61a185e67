import BankWire
import NIOCore
import NIOPosix

/// Speaks to a bank through the door that it opens for drills.
struct BankControl: Sendable {
    struct NoAnswer: Error {}

    let port: Int
    let token: String

    /// Returns when it is prepared.
    func tell(_ command: BankDoor) async throws { _ = try await line(command) { $0 == "ok" } }

    /// Holds the next request that comes to `point`. What is returned waits until one does.
    func hold(_ point: BankDoor.Point) async throws -> Task<Void, any Error> {
        let (prepared, isPrepared) = AsyncStream.makeStream(of: Void.self)
        let held = Task {
            defer { isPrepared.finish() }
            _ = try await line(.hold(point)) { line in
                if line == "ok" { isPrepared.yield() }
                return line.hasPrefix("held")
            }
        }
        guard await prepared.first(where: { _ in true }) != nil else { throw NoAnswer() }
        return held
    }

    /// The first line that is looked for among those that come back.
    private func line(_ command: BankDoor, _ isIt: (String) -> Bool) async throws -> String {
        let (lines, said) = AsyncStream.makeStream(of: String.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(2))
            .channelInitializer { $0.speakLines(line: { text, _ in said.yield(text) }, end: { said.finish() }) }
            .connect(host: "127.0.0.1", port: port).get()
        defer { channel.close(promise: nil) }
        channel.writeAndFlush("door \(token) \(command.words)", promise: nil)
        guard let line = await lines.first(where: isIt) else { throw NoAnswer() }
        return line
    }
}
