import OTP
import OTPTestKit
import Patterns
import Testing

struct SourceDown: Error {}

/// Sources that take one, two and three seconds of the node's clock.
private func sources(preferencesFail: Bool = false, ordersTake: Duration = .seconds(3)) -> ProfileSources {
    ProfileSources(
        user: { id in
            try await wait(.seconds(1))
            return "user \(id)"
        },
        preferences: { _ in
            try await wait(.seconds(2))
            if preferencesFail { throw SourceDown() }
            return ["dark"]
        },
        orders: { id in
            try await wait(ordersTake)
            return [id]
        })
}

private func wait(_ time: Duration) async throws { try await ProcessTask.me?.sleep(for: time) }

@Test("Profile aggregator: three sources in the time of the slowest") func profile() throws {
    let virtual = VirtualNode()
    let (profile, time) = try virtual.run { me in
        let begun = me.node.now
        return (try await sources().profile(7), me.node.now - begun)
    }
    #expect(profile == Profile(user: "user 7", preferences: ["dark"], orders: [7]))
    #expect(time == .seconds(3))
}

@Test("Profile aggregator: a source that fails or is late costs only its own part, and what was late is ended")
func partialProfile() throws {
    let virtual = VirtualNode()
    let (profile, time) = try virtual.run { me in
        let aggregator = ProfileAggregator(sources(preferencesFail: true, ordersTake: .seconds(60)))
        let tree = try await Supervisor(.oneForOne) { aggregator.tasks }.start()
        let begun = me.node.now
        let profile = try await aggregator.profile(7, within: .seconds(4))
        let time = me.node.now - begun
        try await tree.stop()
        return (profile, time)
    }
    #expect(profile == Profile(user: "user 7"))
    #expect(time == .seconds(4))
}

@Test("Profile aggregator: without supervision a source that fails is the end of the whole") func failedProfile() {
    let virtual = VirtualNode()
    let failure = #expect(throws: TaskFailure.self) {
        try virtual.perform { try await sources(preferencesFail: true).profile(7) }
    }
    #expect(failure?.underlying is SourceDown)
}

@Test("Configuration cache: load, get, put, reload; a restart loads it anew") func configuration() throws {
    let virtual = VirtualNode()
    let read = try virtual.run { me in
        let cache = ConfigurationCache { ["timeout": "5"] }
        let tree = try await Supervisor(.oneForOne) { cache.agent }.start()
        var read: [String?] = []
        read.append(try await cache.get("timeout"))
        try await cache.put("timeout", "9")
        read.append(try await cache.get("timeout"))
        try await cache.reload()
        read.append(try await cache.get("timeout"))
        try await cache.put("colour", "red")
        cache.name.sendExit(.kill)
        try await me.sleep(for: .seconds(1))
        read.append(try await cache.get("colour"))
        try await tree.stop()
        return read
    }
    #expect(read == ["5", "9", "5", nil])
}

@Test("Feature flags: enable, disable, toggle") func featureFlags() throws {
    let virtual = VirtualNode()
    let seen = try virtual.run { _ in
        let flags = FeatureFlags()
        let tree = try await Supervisor(.oneForOne) { flags.agent(enabled: ["old"]) }.start()
        var seen = [try await flags.isEnabled("old"), try await flags.isEnabled("new")]
        flags.enable("new")
        flags.disable("old")
        seen += [try await flags.isEnabled("old"), try await flags.isEnabled("new")]
        seen += [try await flags.toggle("new"), try await flags.toggle("new")]
        try await tree.stop()
        return seen
    }
    #expect(seen == [true, false, false, true, false, true])
}
