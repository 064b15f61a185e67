/// A partial order of moments that grows edge by edge, refuses an edge that would close a circle, and can take
/// edges back. (The dynamic topological order of Pearce and Kelly.)
struct Order {
    typealias Node = Int

    struct Edge: Hashable {
        var from: Node
        var to: Node
    }

    private var after: [[Node]] = []
    private var before: [[Node]] = []
    /// Places in one topological order of the nodes, once settled.
    private var place: [Int] = []
    private var added: [Edge] = []
    private var visited: [Int] = []
    private var visit = 0

    /// Nodes numbered below this are a chain: each comes before the next.
    private(set) var chain = 0
    /// The last link of the chain that is surely not after each node, and the first that is not before it. They say
    /// most of what is known about two nodes at once, so that long walks are rarely needed.
    private(set) var earliest: [Int] = []
    private(set) var latest: [Int] = []

    var count: Int { after.count }

    /// Begins with a chain of `length` nodes.
    init(chain length: Int) {
        chain = length
        for node in 0..<length {
            _ = self.node()
            if node > 0 { connect(node - 1, node) }
        }
    }

    mutating func node() -> Node {
        after.append([])
        before.append([])
        return after.count - 1
    }

    /// Puts `from` before `to` without a look at what that means; `settle` does that.
    mutating func connect(_ from: Node, _ to: Node) {
        after[from].append(to)
        before[to].append(from)
    }

    /// Puts all nodes into one order.
    /// - Returns: a circle of nodes if there is none.
    mutating func settle() -> [Node]? {
        var open = before.map(\.count)
        var sorted = (0..<count).filter { open[$0] == 0 }
        sorted.reserveCapacity(count)
        var index = 0
        while index < sorted.count {
            for next in after[sorted[index]] {
                open[next] -= 1
                if open[next] == 0 { sorted.append(next) }
            }
            index += 1
        }
        guard sorted.count == count else { return circle { open[$0] > 0 } }
        place = Array(repeating: 0, count: count)
        for (index, node) in sorted.enumerated() { place[node] = index }
        visited = Array(repeating: 0, count: count)
        measure(sorted)
        return nil
    }

    /// Every node of those that are left has one of them before it: going back, one is met again.
    private func circle(among isLeft: (Node) -> Bool) -> [Node] {
        guard var node = (0..<count).first(where: isLeft) else { return [] }
        var way: [Node] = []
        var at: [Node: Int] = [:]
        while at[node] == nil {
            at[node] = way.count
            way.append(node)
            guard let previous = before[node].first(where: isLeft) else { return way.reversed() }
            node = previous
        }
        return way[(at[node] ?? 0)...].reversed()
    }

    /// Brings `earliest` and `latest` up to date.
    private mutating func measure(_ sorted: [Node]) {
        earliest = (0..<count).map { $0 < chain ? $0 : -1 }
        latest = (0..<count).map { $0 < chain ? $0 : Int.max }
        for node in sorted {
            for next in after[node] where earliest[next] < earliest[node] { earliest[next] = earliest[node] }
        }
        for node in sorted.reversed() {
            for next in after[node] where latest[next] < latest[node] { latest[node] = latest[next] }
        }
    }

    /// Whether `from` is before `to` in every order that these edges allow.
    mutating func isKnown(_ from: Node, before to: Node) -> Bool {
        if from == to { return false }
        if latest[from] <= earliest[to] { return true }
        if mustNotPrecede(from, to) { return false }
        visit += 1
        visited[from] = visit
        var stack = [from]
        while let node = stack.popLast() {
            for next in after[node] where visited[next] != visit {
                if next == to || latest[next] <= earliest[to] { return true }
                visited[next] = visit
                if next >= chain, !mustNotPrecede(next, to) { stack.append(next) }
            }
        }
        return false
    }

    private func mustNotPrecede(_ from: Node, _ to: Node) -> Bool {
        place[from] > place[to] || earliest[from] > earliest[to] || latest[from] > latest[to]
    }

    /// A point to which `undo(to:)` can return.
    var mark: Int { added.count }

    mutating func undo(to mark: Int) {
        while added.count > mark, let edge = added.popLast() {
            after[edge.from].removeLast()
            before[edge.to].removeLast()
        }
    }

    /// Puts `from` before `to`.
    /// - Returns: false, and nothing has changed, if `to` is already before `from`.
    mutating func add(_ edge: Edge) -> Bool {
        guard edge.from != edge.to else { return false }
        if place[edge.from] > place[edge.to], !reorder(edge) { return false }
        after[edge.from].append(edge.to)
        before[edge.to].append(edge.from)
        added.append(edge)
        return true
    }

    /// Moves the part of the order between the two ends so that the edge fits.
    private mutating func reorder(_ edge: Edge) -> Bool {
        let low = place[edge.to], high = place[edge.from]
        visit += 1
        var forward: [Node] = [edge.to]
        visited[edge.to] = visit
        var index = 0
        while index < forward.count {
            for next in after[forward[index]] where place[next] <= high && visited[next] != visit {
                if next == edge.from { return false }
                visited[next] = visit
                forward.append(next)
            }
            index += 1
        }
        var backward: [Node] = [edge.from]
        visited[edge.from] = visit
        index = 0
        while index < backward.count {
            for next in before[backward[index]] where place[next] >= low && visited[next] != visit {
                visited[next] = visit
                backward.append(next)
            }
            index += 1
        }
        forward.sort { place[$0] < place[$1] }
        backward.sort { place[$0] < place[$1] }
        let places = (forward + backward).map { place[$0] }.sorted()
        for (node, new) in zip(backward + forward, places) { place[node] = new }
        return true
    }

    /// A way from `from` to `to` along the edges, for explanations.
    func path(from: Node, to: Node) -> [Node] {
        var parent: [Node: Node] = [from: from]
        var queue = [from]
        var index = 0
        while index < queue.count {
            let node = queue[index]
            if node == to { break }
            for next in after[node] where parent[next] == nil {
                parent[next] = node
                queue.append(next)
            }
            index += 1
        }
        guard parent[to] != nil else { return [] }
        var way = [to]
        while let last = way.last, last != from, let node = parent[last] { way.append(node) }
        return way.reversed()
    }
}
