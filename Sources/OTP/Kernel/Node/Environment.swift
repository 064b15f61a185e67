#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The environment variables of the program.
enum Environment {
    /// The value of a variable; nil if it is not set.
    static subscript(name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
