// accepted
import OTP

final class Buffer { var bytes: [UInt8] = [] }

struct Writer: GenServer {
    enum Cast: Sendable { case write(UInt8) }
    private let buffer = Buffer()

    func handleCast(_ cast: Cast, _ me: Me) async throws -> Next {
        switch cast {
        case .write(let byte): buffer.bytes.append(byte)
        }
        return .receive
    }
}

func begin() async throws { _ = try await Writer.start { Writer() } }
