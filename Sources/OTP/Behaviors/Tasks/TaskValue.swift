/// Room for one value of a type that only its user knows: four words, or a box of its own when it is larger.
@usableFromInline struct TaskValue {
    @usableFromInline var words: (UInt, UInt, UInt, UInt) = (0, 0, 0, 0)
    /// Frees a value that nobody has taken; nil when there is none, or nothing to be freed.
    @usableFromInline var destroyer: (@Sendable (UnsafeMutableRawPointer) -> Void)?

    @inlinable init() {}

    @inlinable static func fits<Value>(_ type: Value.Type) -> Bool {
        MemoryLayout<Value>.size <= 32 && MemoryLayout<Value>.alignment <= 8
    }

    /// Stores a value where there is none.
    @inlinable mutating func store<Value>(_ value: Value) {
        if Self.fits(Value.self) {
            withUnsafeMutableBytes(of: &words) {
                _ = $0.baseAddress.unsafelyUnwrapped.initializeMemory(as: Value.self, to: value)
            }
            destroyer = _isPOD(Value.self) ? nil : Self.destroyer(Value.self)
        } else {
            let box = UnsafeMutablePointer<Value>.allocate(capacity: 1)
            box.initialize(to: value)
            words.0 = UInt(bitPattern: box)
            destroyer = Self.destroyer(Value.self)
        }
    }

    /// Moves the value out; there has to be one, of this type.
    @inlinable mutating func take<Value>(as type: Value.Type) -> Value {
        destroyer = nil
        if Self.fits(Value.self) {
            return withUnsafeMutableBytes(of: &words) {
                $0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Value.self).move()
            }
        }
        let box = UnsafeMutablePointer<Value>(bitPattern: words.0).unsafelyUnwrapped
        defer { box.deallocate() }
        return box.move()
    }

    /// Frees the value if there is one.
    @usableFromInline mutating func destroy() {
        guard let destroyer = destroyer.take() else { return }
        withUnsafeMutableBytes(of: &words) { destroyer($0.baseAddress.unsafelyUnwrapped) }
    }

    /// Captures no value, not even the type: where that is known it is a plain function.
    @inlinable static func destroyer<Value>(_ type: Value.Type) -> @Sendable (UnsafeMutableRawPointer) -> Void {
        {
            if fits(Value.self) {
                $0.assumingMemoryBound(to: Value.self).deinitialize(count: 1)
            } else {
                let box = $0.load(as: UnsafeMutablePointer<Value>.self)
                box.deinitialize(count: 1)
                box.deallocate()
            }
        }
    }
}
