extension Node {
    /// What a part of the library above the kernel keeps for this node; made when first asked for.
    func part<Part: AnyObject & Sendable>(_ type: Part.Type, _ make: () -> Part) -> Part {
        parts.withLock { parts in
            if let part = parts[ObjectIdentifier(type)] as? Part { return part }
            let part = make()
            parts[ObjectIdentifier(type)] = part
            return part
        }
    }
}
