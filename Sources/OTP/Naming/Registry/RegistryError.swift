/// Why a registry did not do what it was asked to. Nothing has changed then.
public struct RegistryError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public enum Code: Sendable {
        /// The key is unique and taken, perhaps by the caller itself. Elixir: `{:already_registered, pid}`.
        case alreadyRegistered(PID)
        /// No registry of this name and these types runs. Elixir: `ArgumentError`, unknown registry.
        case notRunning
        /// The operation needs a registry of unique keys. Elixir: `ArgumentError`.
        case duplicateKeys
        /// The process that was to be registered has ended.
        case noProcess
    }

    /// What went wrong.
    public let code: Code
    /// Which registry.
    public let registry: String

    /// For tests of code that handles such errors.
    public init(_ code: Code, registry: String = "") {
        self.code = code
        self.registry = registry
    }

    public var description: String {
        switch code {
        case .alreadyRegistered(let pid): "the key is taken by \(pid) in registry \(registry)"
        case .notRunning: "registry \(registry) does not run, or its keys and values are of other types"
        case .duplicateKeys: "registry \(registry) has duplicate keys: this needs unique ones"
        case .noProcess: "a process that has ended cannot be in registry \(registry)"
        }
    }
}
