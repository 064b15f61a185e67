/// In which order things are started that need others.
enum StartPlan {
    /// Each once, after all that it needs.
    enum Outcome<Item: Hashable>: Equatable {
        case order([Item])
        /// These need each other; the first one again at the end.
        case cycle([Item])
    }

    static func of<Item: Hashable>(_ roots: [Item], needs: (Item) -> [Item]) -> Outcome<Item> {
        var order: [Item] = []
        var done: Set<Item> = []
        // What is being looked at, and what each of these still needs: a stack, so that long chains are no trouble.
        var path: [(item: Item, left: [Item])] = []
        var onPath: Set<Item> = []
        for root in roots {
            if !done.contains(root) { enter(root) }
            while let (item, left) = path.last {
                guard let next = left.first else {
                    path.removeLast()
                    onPath.remove(item)
                    done.insert(item)
                    order.append(item)
                    continue
                }
                path[path.count - 1].left.removeFirst()
                if onPath.contains(next) {
                    let begin = path.firstIndex { $0.item == next } ?? 0
                    return .cycle(path[begin...].map(\.item) + [next])
                }
                if !done.contains(next) { enter(next) }
            }
        }
        return .order(order)

        func enter(_ item: Item) {
            path.append((item, needs(item)))
            onPath.insert(item)
        }
    }
}
