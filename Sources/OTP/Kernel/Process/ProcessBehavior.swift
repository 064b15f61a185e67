public import Synchronization

/// What every typed process has in common: its messages.
///
/// `GenServer`, `GenStateMachine` and plain processes refine it. Nothing untyped ever reaches a handler.
public protocol ProcessBehavior: SendableMetatype {
    /// Requests that are answered. Erlang: `gen_server:call`.
    associatedtype Call: Sendable = Never
    /// Requests that are not answered. Erlang: `gen_server:cast`.
    associatedtype Cast: Sendable = Never
    /// Everything else that arrives: timers, ends of other processes, outcomes of tasks. Erlang: `handle_info`.
    associatedtype Info: Sendable = Never

    /// Gives a call to a process of this behaviour. Not to be implemented outside the library.
    static func _deliver(_ call: consuming Call, to server: ServerRef<Self>) -> CallDelivery

    /// The types that another one must have to take over a running process, by their names in messages.
    static var _name: String { get }
}

/// How a call reached its server. For the library's own protocols.
public struct CallDelivery: Sendable {
    /// The running number in the server's mailbox.
    @usableFromInline let number: UInt64
    /// The server was idle and has to be run.
    @usableFromInline let wasIdle: Bool
    /// Already handled, on the caller's thread.
    @usableFromInline let isHandled: Bool

    @usableFromInline init(number: UInt64, wasIdle: Bool, isHandled: Bool) {
        self.number = number
        self.wasIdle = wasIdle
        self.isHandled = isHandled
    }

    /// Of a call that was handled on its caller's thread, by a server that may wait for others in a turn of its own. If the
    /// rest of it is for such a turn, whoever waits for its answer waits for the server until that takes its next message.
    ///
    /// - Parameter taken: How many messages the server had taken by then.
    @usableFromInline static func inline(isDone: Bool, taken: UInt64) -> CallDelivery {
        let number = isDone ? RequestNumber.kept : taken == 0 ? RequestNumber.beforeAll : taken &- 1
        return CallDelivery(number: number, wasIdle: false, isHandled: true)
    }
}

extension ProcessBehavior {
    @inlinable public static func _deliver(_ call: consuming Call, to server: ServerRef<Self>) -> CallDelivery {
        server.cell.enqueueCall(call)
    }

    public static var _name: String { String(describing: Self.self) }

    /// Bytes of a mailbox slot for the messages of this behaviour.
    @inlinable static var slotStride: Int {
        let size = max(
            Boxing<Call>.size, max(Boxing<Cast>.size, Boxing<Info>.size))
        let alignment = max(
            Boxing<Call>.alignment, max(Boxing<Cast>.alignment, Boxing<Info>.alignment))
        return Mailbox.stride(forSize: size, alignment: alignment)
    }
}

/// How a message lies in its slot: itself, or behind a box when it is large.
@usableFromInline enum Boxing<Message> {
    @inlinable static var isBoxed: Bool {
        MemoryLayout<Message>.size > 240 || MemoryLayout<Message>.alignment > 16
    }
    @inlinable static var size: Int { isBoxed ? 8 : MemoryLayout<Message>.size }
    @inlinable static var alignment: Int { isBoxed ? 8 : MemoryLayout<Message>.alignment }
    @inlinable static var offset: Int { max(8, alignment) }

    @inlinable static func write(_ message: consuming Message, to slot: UnsafeMutableRawPointer) {
        if isBoxed {
            let box = UnsafeMutablePointer<Message>.allocate(capacity: 1)
            box.initialize(to: message)
            (slot + offset).storeBytes(of: UInt(bitPattern: box), as: UInt.self)
        } else {
            (slot + offset).initializeMemory(as: Message.self, to: message)
        }
    }

    @inlinable static func take(from slot: UnsafeMutableRawPointer) -> Message {
        if isBoxed {
            let box = UnsafeMutablePointer<Message>(bitPattern: (slot + offset).load(as: UInt.self)).unsafelyUnwrapped
            defer { box.deallocate() }
            return box.move()
        }
        return (slot + offset).assumingMemoryBound(to: Message.self).move()
    }

    /// A copy, for looking without taking.
    @inlinable static func peek(_ slot: UnsafeMutableRawPointer) -> Message {
        if isBoxed {
            return UnsafeMutablePointer<Message>(bitPattern: (slot + offset).load(as: UInt.self))
                .unsafelyUnwrapped.pointee
        }
        return (slot + offset).assumingMemoryBound(to: Message.self).pointee
    }
}

extension ProcessCell {
    /// Enqueues a user message; the process is not yet scheduled when `wasIdle`.
    @inlinable final func enqueue<Message>(
        _ message: consuming Message, tag: UInt32
    ) -> (number: UInt64, wasIdle: Bool) {
        let claim = mailbox.claim()
        Boxing<Message>.write(message, to: claim.slot)
        return (claim.number, mailbox.publish(claim, tag: tag))
    }

    @inlinable final func enqueueCall<Message>(_ call: consuming Message) -> CallDelivery {
        let (number, wasIdle) = enqueue(call, tag: MessageTag.call)
        return CallDelivery(number: number, wasIdle: wasIdle, isHandled: false)
    }

    /// Sends a cast or an info. Never fails; a process that has ended drops it.
    @inlinable final func post<Message>(_ message: consuming Message, tag: UInt32) {
        if control.load(ordering: .relaxed) & 2 != 0 { return }
        if isLimited, !admits(cost: 1) { return }
        if enqueue(message, tag: tag).wasIdle { wake() }
    }

    @usableFromInline final var isLimited: Bool { limits != nil }
}
