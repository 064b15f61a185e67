public import OTP

/// A stage between those who produce and those who consume, each at its own pace: consumers say how many they can do, and
/// wait while there is nothing; producers wait while `capacity` elements lie here. Nothing piles up anywhere.
public struct Stage<Element: Sendable>: SynchronousGenServer {
    public struct Closed: Error {}
    public enum Call: Sendable {
        case offer(Element, Reply<Result<Void, Closed>>)
        /// Never more than so many; none when no more will come.
        case take(upTo: Int, Reply<[Element]>)
    }
    public enum Cast: Sendable { case finish }

    private let capacity: Int
    private var elements: [Element] = []
    private var producers: [(element: Element, reply: Reply<Result<Void, Closed>>)] = []
    private var consumers: [(demand: Int, reply: Reply<[Element]>)] = []
    private var isFinished = false

    public init(capacity: Int) { self.capacity = capacity }

    public mutating func handleCall(_ call: Call, _ me: Me) -> Next {
        switch call {
        case .offer(_, let reply) where isFinished: return reply(.failure(Closed()))
        case .offer(let element, let reply): producers.append((element, reply))
        case .take(let demand, let reply): consumers.append((demand, reply))
        }
        moveOn()
        return .receive
    }

    public mutating func handleCast(_ cast: Cast, _ me: Me) -> Next {
        switch cast {
        case .finish: isFinished = true
        }
        moveOn()
        return .receive
    }

    /// Answers whom it can: the replies that are kept are those who wait.
    private mutating func moveOn() {
        consumers.removeAll { !$0.reply.isWanted }
        producers.removeAll { !$0.reply.isWanted }
        repeat {
            while elements.count < capacity, !producers.isEmpty {
                let (element, reply) = producers.removeFirst()
                elements.append(element)
                reply()
            }
            while !elements.isEmpty, !consumers.isEmpty {
                let (demand, reply) = consumers.removeFirst()
                reply(Array(elements.prefix(demand)))
                elements.removeFirst(min(demand, elements.count))
            }
        } while elements.count < capacity && !producers.isEmpty
        if isFinished, elements.isEmpty {
            for consumer in consumers { consumer.reply([]) }
            consumers = []
        }
    }
}

extension ServerAddress {
    /// Hands an element in; returns when there is room for it.
    public func offer<E>(_ element: E) async throws where Server == Stage<E> {
        try await call(timeout: .unlimited) { .offer(element, $0) }.get()
    }
    /// Waits for elements; none means that no more will come.
    public func take<E>(upTo demand: Int) async throws -> [E] where Server == Stage<E> {
        try await call(timeout: .unlimited) { .take(upTo: demand, $0) }
    }
    /// No more will be handed in.
    public func finish<E>() where Server == Stage<E> { cast(.finish) }
}

/// A producer, a stage and some consumers as a tree: a consumer that fails is started again and takes on; everybody
/// else waits that long, and no longer.
public func pipeline<Element>(
    _ stage: ServerName<Stage<Element>>, capacity: Int, consumers: Int, demand: Int = 1,
    producing produce: @escaping @Sendable () async throws -> Element?,
    consuming consume: @escaping @Sendable (Element) async throws -> Void
) -> Supervisor {
    Supervisor("pipeline", .restForOne, restarts: .atMost(10, in: .seconds(5))) {
        Stage<Element>.child("stage", name: stage) { Stage(capacity: capacity) }
        Supervisor("consumers", .oneForOne, restarts: .atMost(10, in: .seconds(5))) {
            for number in 1...consumers {
                ProcessTask.child("consumer \(number)", restart: .transient) {
                    while true {
                        let elements = try await stage.take(upTo: demand)
                        if elements.isEmpty { return }
                        for element in elements { try await consume(element) }
                    }
                }
            }
        }
        ProcessTask.child("producer", restart: .transient) {
            while let element = try await produce() { try await stage.offer(element) }
            stage.finish()
        }
    }
}
