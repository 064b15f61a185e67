/// A small value without references, as it lies in memory: kept where its type is not known without looking that up.
@usableFromInline struct PlainWords: Sendable {
    @usableFromInline var first: UInt64 = 0
    @usableFromInline var second: UInt64 = 0

    /// Nil if the value has references, or more than two words.
    @inlinable @inline(__always) init?<Value>(_ value: Value) {
        guard _isPOD(Value.self), MemoryLayout<Value>.size <= 16, MemoryLayout<Value>.alignment <= 8 else { return nil }
        withUnsafeMutableBytes(of: &self) { bytes in
            withUnsafeBytes(of: value) { bytes.copyMemory(from: $0) }
        }
    }

    /// The value, as the type of which it is: it has no references, lies at the beginning, and fits.
    @inlinable @inline(__always) func value<Value>(as type: Value.Type) -> Value {
        withUnsafeBytes(of: self) { $0.load(as: Value.self) }
    }
}
