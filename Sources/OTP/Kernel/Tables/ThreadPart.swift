internal import COTPRuntime

/// The part of what is divided among threads that are no workers which belongs to the calling one.
///
/// More threads than these seldom run at once: the pool of the Swift runtime has one for each processor.
enum ThreadPart {
    static var count: Int { 16 }

    /// Threads begun one after the other have different ones, as far as there are enough.
    static var index: Int { Int(otp_thread_number()) & (count - 1) }
}
