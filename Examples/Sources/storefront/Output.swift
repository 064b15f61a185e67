#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Standard output a line at a time, also into a pipe.
enum Output {
    @Sendable static func line(_ text: String) {
        print(text)
        flush()
    }

    static func flush() { fflush(nil) }

    /// Ends the program, whatever still runs in it.
    static func endProgram(_ code: Int32) -> Never {
        flush()
        exit(code)
    }
}
