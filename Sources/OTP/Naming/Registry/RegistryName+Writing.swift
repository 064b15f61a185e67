extension RegistryName {
    /// Registers this process under the key. Elixir: `Registry.register/3`.
    ///
    /// - Parameters:
    ///   - key: Where it is to be found.
    ///   - value: What whoever finds it gets with it.
    ///   - me: The context of the process whose own code this is.
    /// - Returns: The registry's own process to which it is linked while it is registered.
    /// - Throws: ``RegistryError``: `.alreadyRegistered` for a unique key that somebody has, also this process itself;
    ///   `.notRunning`; `.noProcess` if this process has been killed.
    @discardableResult @inlinable public func register<B>(
        _ key: Key, _ value: Value, for me: ProcessContext<B>
    ) throws(RegistryError) -> PID {
        if me.cell.isRecorded { return record(.registered(description(of: key)), me.cell) }
        guard !me.isVoid else { throw RegistryError(.noProcess, registry: text) }
        guard let core = core(of: me.cell) else { throw RegistryError(.notRunning, registry: text) }
        return try core.register(key, value, me.cell)
    }

    @usableFromInline func description(of key: Key) -> String { "\(text) \(key)" }

    @discardableResult @usableFromInline func record<B>(_ effect: ContextEffect, _ cell: BehaviorCell<B>) -> PID {
        cell.recorder?.record(effect)
        return cell.pid
    }

    /// Takes this process out from under the key, however often it is there; nothing happens if it is not. Elixir:
    /// `Registry.unregister/2`.
    @inlinable public func unregister<B>(_ key: Key, for me: ProcessContext<B>) {
        if me.cell.isRecorded {
            record(.unregistered(description(of: key)), me.cell)
            return
        }
        if me.isVoid { return }
        core(of: me.cell)?.unregister(key, me.cell)
    }

    /// Takes out those of this process's entries under the key whose value is meant. Elixir:
    /// `Registry.unregister_match/4`.
    public func unregisterMatch<B>(
        _ key: Key, for me: ProcessContext<B>, where isMeant: (Value) throws -> Bool
    ) rethrows {
        if me.cell.notes(.unregistered(description(of: key))) || me.isVoid { return }
        try core(on: me.node)?.unregister(key, me.cell, where: isMeant)
    }

    /// Changes the value of this process under a unique key. Elixir: `Registry.update_value/3`.
    ///
    /// - Returns: The new value and the old one; nil if this process does not have the key.
    /// - Throws: ``RegistryError``: `.duplicateKeys`, `.notRunning`; what `change` throws, and then the value stays.
    @discardableResult public func updateValue<B>(
        _ key: Key, for me: ProcessContext<B>, _ change: (Value) throws -> Value
    ) throws -> (new: Value, old: Value)? {
        if me.cell.notes(.updated(description(of: key))) { return nil }
        guard let core = core(on: me.node) else { throw RegistryError(.notRunning, registry: text) }
        guard core.isUnique else { throw RegistryError(.duplicateKeys, registry: text) }
        return me.isVoid ? nil : try core.update(key, me.cell, change)
    }
}

extension RegistryName where Value == Void {
    /// See ``register(_:_:for:)-(_,_,ProcessContext<B>)``.
    @discardableResult @inlinable public func register<B>(
        _ key: Key, for me: ProcessContext<B>
    ) throws(RegistryError) -> PID {
        try register(key, (), for: me)
    }

    /// See ``register(_:_:for:)-(_,_,ProcessContext<B>)``.
    @discardableResult @inlinable public func register<M>(
        _ key: Key, for me: PlainProcess<M>
    ) throws(RegistryError) -> PID {
        try register(key, (), for: me.context)
    }
}

extension RegistryName {
    /// See ``register(_:_:for:)-(_,_,ProcessContext<B>)``.
    @discardableResult @inlinable public func register<M>(
        _ key: Key, _ value: Value, for me: PlainProcess<M>
    ) throws(RegistryError) -> PID {
        try register(key, value, for: me.context)
    }

    /// See ``unregister(_:for:)-(_,ProcessContext<B>)``.
    @inlinable public func unregister<M>(_ key: Key, for me: PlainProcess<M>) { unregister(key, for: me.context) }

    /// See ``unregisterMatch(_:for:where:)-(_,ProcessContext<B>,_)``.
    public func unregisterMatch<M>(
        _ key: Key, for me: PlainProcess<M>, where isMeant: (Value) throws -> Bool
    ) rethrows {
        try unregisterMatch(key, for: me.context, where: isMeant)
    }

    /// See ``updateValue(_:for:_:)-(_,ProcessContext<B>,_)``.
    @discardableResult public func updateValue<M>(
        _ key: Key, for me: PlainProcess<M>, _ change: (Value) throws -> Value
    ) throws -> (new: Value, old: Value)? {
        try updateValue(key, for: me.context, change)
    }
}
