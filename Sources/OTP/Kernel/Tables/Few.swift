/// A few things in the order in which they came: mostly one or none, which costs no array.
struct Few<Element> {
    private var first: Element?
    private var more: [Element]?

    init() {}

    /// One thing.
    init(_ only: Element) { first = only }

    var isEmpty: Bool { first == nil }
    var count: Int { (first == nil ? 0 : 1) + (more?.count ?? 0) }

    /// More than one.
    var hasMany: Bool { more?.isEmpty == false }

    mutating func append(_ element: Element) {
        if first == nil {
            first = element
        } else {
            more = more ?? []
            more!.append(element)
        }
    }

    /// The first that is as wanted.
    func first(where isWanted: (Element) -> Bool) -> Element? {
        if let first, isWanted(first) { return first }
        return more?.first(where: isWanted)
    }

    mutating func removeAll(where isUnwanted: (Element) -> Bool) {
        more?.removeAll(where: isUnwanted)
        if let only = first, isUnwanted(only) {
            first = more?.first
            if first != nil { more!.removeFirst() }
        }
    }

    /// Takes all of them out.
    mutating func takeAll() -> Few {
        if first == nil { return Few() }
        defer { self = Few() }
        return self
    }

    func forEach(_ body: (Element) -> Void) {
        if let first { body(first) }
        if let more { for element in more { body(element) } }
    }

    /// The last that came first.
    func forEachReversed(_ body: (Element) -> Void) {
        if let more { for element in more.reversed() { body(element) } }
        if let first { body(first) }
    }

    func map<T>(_ transform: (Element) -> T) -> [T] {
        var result: [T] = []
        forEach { result.append(transform($0)) }
        return result
    }
}

extension Few: Sendable where Element: Sendable {}
