extension Duration {
    /// Longer than any clock goes: `call(timeout: .unlimited)` waits as long as it takes. Erlang: `infinity`.
    public static var unlimited: Duration { .seconds(Int64.max) }
}
