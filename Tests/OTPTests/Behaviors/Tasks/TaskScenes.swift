import OTP

extension SceneLog {
    static func short<Value>(_ result: Result<Value, TaskFailure>?) -> String {
        switch result {
        case .success(let value): "ok \(value)"
        case .failure(let failure): short(failure)
        case nil: "nothing"
        }
    }

    static func short(_ failure: TaskFailure) -> String {
        switch failure.code {
        case .exited(let reason): "exited (\(reason))"
        case .notOwner: "notOwner"
        case .cycle: "cycle"
        default: "\(failure.code)"
        }
    }

    static func short<Input, Value>(_ result: Result<Value, ItemFailure<Input>>) -> String {
        switch result {
        case .success(let value): "ok \(value)"
        case .failure(let failure): "\(failure.input) \(short(failure.failure))"
        }
    }

    /// Notes a task's value, or why there is none.
    nonisolated(nonsending) func value<Value>(
        _ what: String = "", of task: ProcessTask<Value>, within limit: Duration? = .seconds(5)
    ) async {
        let prefix = what.isEmpty ? "" : "\(what): "
        do { note("\(prefix)ok \(try await task.value(timeout: limit))") } catch let failure as TaskFailure {
            note(prefix + Self.short(failure))
        } catch { note(prefix + Self.short(error)) }
    }

    /// Notes every outcome of a stream, and how it ended if that was no end of the input.
    nonisolated(nonsending) func outcomes<Input, Value>(
        of stream: TaskStream<Input, Value>, limit: Int = .max
    ) async {
        var count = 0
        do {
            for try await outcome in stream {
                note(Self.short(outcome))
                count += 1
                if count == limit { break }
            }
        } catch let failure as TaskFailure { note("threw \(Self.short(failure))") } catch {
            note("threw \(Self.short(error))")
        }
    }
}

extension PlainProcess where Message == Never {
    /// Waits until a signal ends the process.
    nonisolated(nonsending) func rest() async throws { try await sleep(for: .seconds(1_000_000)) }
}

/// Ends with exactly this reason.
func exit(_ reason: ExitReason) throws -> Never { throw Exit(reason) }

/// A scenario whose process traps exits; its reports are left out.
func trapped(
    _ scenario: @escaping @Sendable (PlainProcess<Notice>, SceneLog) async throws -> Void
) throws -> [String] {
    try played { me, journal in
        me.trapExits { .exit($0) }
        try await scenario(me, journal)
    }.filter { !$0.hasPrefix("report") }
}
