public import OTP

/// Who is online: each process that signs in is monitored, and leaves by itself when it ends, whatever ended it.
public struct Presence: GenServer {
    public enum Call: Sendable { case online(Reply<[String]>) }
    public enum Cast: Sendable { case signIn(String, PID), signOut(PID) }
    public enum Info: Sendable { case gone(DownMessage) }

    private var guests: [PID: (name: String, monitor: MonitorRef)] = [:]

    public init() {}

    public func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .online(let reply): reply(Set(guests.values.map(\.name)).sorted())
        }
    }

    public mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .signIn(let name, let pid):
            // Of somebody who has ended already the notice comes at once.
            let monitor = guests[pid]?.monitor ?? me.monitor(pid) { .gone($0) }
            guests[pid] = (name, monitor)
        case .signOut(let pid):
            if let guest = guests.removeValue(forKey: pid) { me.demonitor(guest.monitor) }
        }
        return .receive
    }

    public mutating func handleInfo(_ info: Info, _ me: Me) -> Next {
        switch info {
        case .gone(let down): guests[down.pid] = nil
        }
        return .receive
    }
}
