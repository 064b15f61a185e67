/// Groups of processes: a space of them, by name. Erlang: a scope of `pg`.
///
/// ```swift
/// extension ProcessGroups<String> { static var rooms: Self { "rooms" } }
///
/// Supervisor(.restForOne) {
///     ProcessGroups.rooms
///     …
/// }
/// try await ProcessGroups.rooms.join("lobby", me.pid)
/// for guest in ProcessGroups.rooms.servers(of: "lobby", running: Guest.self) { guest.cast(.greet) }
/// ```
///
/// A group exists as long as it has members; a process may be in it several times. A process that has ended is in no
/// group. **Looking takes no lock** that other readers take; who does not run has no groups. **Joining and leaving** happen
/// one after the other, on the threads of those who ask for it, and all who monitor the scope hear the same story. When it
/// is started again it is empty: who is to be in it joins again, best because it is supervised after it.
///
/// On one node all members are local ones.
public struct ProcessGroups<Group: Hashable & Sendable>: Sendable, Hashable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    @usableFromInline let text: String

    public init(stringLiteral text: String) { self.text = text }

    /// A scope of the node on which it is used.
    public init(_ text: String) { self.text = text }

    public var description: String { "groups \(text)" }

    /// Whether the scope runs, on the current node.
    public var isRunning: Bool { core != nil }

    /// Calls `body` with the running scope, without counting a reference; nil if it does not run.
    @inlinable func reading<Result>(_ body: (GroupCore<Group>) -> Result) -> Result? {
        Fixtures.groupScopes._withUnsafeGuaranteedRef { scopes in
            let ticket = scopes.enter()
            defer { scopes.leave(ticket) }
            guard let found = scopes.find(text) else { return nil }
            let isOurs = found._withUnsafeGuaranteedRef { type(of: $0) == GroupCore<Group>.self }
            guard isOurs else { return nil }
            return Unmanaged<GroupCore<Group>>.fromOpaque(found.toOpaque())._withUnsafeGuaranteedRef(body)
        }
    }

    /// The running scope, to be kept for a while.
    @inlinable var core: GroupCore<Group>? { reading { $0 } }

    /// The members of a group, in the order of joining, each as often as it has joined. Erlang: `pg:get_members/2`.
    @inlinable public func members(of group: Group) -> [PID] {
        if let known = reading({ $0.known(group) }) ?? nil { return known }
        // To put the list together takes a while, for which the gate of all scopes is not to be held open.
        return core?.living(group) ?? []
    }

    /// The members of a group that run on this node. Erlang: `pg:get_local_members/2`.
    @inlinable public func localMembers(of group: Group) -> [PID] { members(of: group) }

    /// The members of a group that are servers of this type, ready to be called.
    public func servers<Server: ProcessBehavior>(
        of group: Group, running type: Server.Type = Server.self
    ) -> [ServerRef<Server>] {
        (core?.members(group) ?? []).filter(\.isAlive).compactMap {
            ($0 as? BehaviorCell<Server>).map(ServerRef.init(cell:))
        }
    }

    /// The groups that have members, in no order. Erlang: `pg:which_groups/1`.
    public var groups: [Group] { core?.groups ?? [] }

    /// The groups that have members on this node, in no order. Erlang: `pg:which_local_groups/1`.
    public var localGroups: [Group] { groups }
}

extension ProcessGroups where Group == String {
    /// The scope that is meant where none is named. Erlang: `pg`.
    public static var `default`: Self { "pg" }
}
