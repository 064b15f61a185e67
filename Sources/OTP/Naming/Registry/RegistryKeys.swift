/// Whether a key of a registry leads to one process or to several. Elixir: the option `:keys`.
public struct RegistryKeys: Sendable, Hashable {
    /// By what the entries of a registry with several partitions are spread over them.
    public enum Spread: Sendable, Hashable {
        /// By process: registering scales with the processes, a look-up visits all partitions.
        case process
        /// By key: a look-up visits one partition.
        case key
    }

    let isUnique: Bool
    let isByKey: Bool

    /// A key leads to one process at a time.
    public static var unique: Self { Self(isUnique: true, isByKey: true) }

    /// A key leads to any number of processes, and to one as often as it has registered.
    public static var duplicate: Self { duplicate(by: .process) }

    /// The same, spread over partitions by process or by key. Elixir: `{:duplicate, :pid}`, `{:duplicate, :key}`.
    public static func duplicate(by spread: Spread) -> Self { Self(isUnique: false, isByKey: spread == .key) }
}
