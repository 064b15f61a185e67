/// Messages that a process has taken out of its mailbox and set aside, oldest first, each with the place that it had there.
struct SetAside<Message> {
    private var messages = RingBuffer<Message>()
    private var places = RingBuffer<UInt64>()

    var isEmpty: Bool { messages.isEmpty }
    var count: Int { messages.count }
    /// How many messages the mailbox had given before the oldest of these.
    var firstPlace: UInt64? { places.first }

    mutating func append(_ message: Message, from place: UInt64) {
        messages.append(message)
        places.append(place)
    }

    mutating func popFirst() -> Message? {
        _ = places.popFirst()
        return messages.popFirst()
    }

    /// The message `index` places behind the oldest.
    subscript(index: Int) -> Message { messages[index] }

    @discardableResult mutating func remove(at index: Int) -> Message {
        _ = places.remove(at: index)
        return messages.remove(at: index)
    }
}
