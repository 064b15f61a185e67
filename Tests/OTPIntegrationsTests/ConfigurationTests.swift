#if Configuration
    import Configuration
    import OTP
    import OTPIntegrations
    import OTPTestKit
    import Synchronization
    import Testing

    private final class Seen: Sendable {
        let changes = Mutex<[ConfigurationChange]>([])
    }

    private struct Shop: OTPApplication {
        static let port = EnvironmentKey<Shop, Int>("port")
        static let host = EnvironmentKey<Shop, String>("host")
        static let ratio = EnvironmentKey<Shop, Double>("ratio")
        static let isOpen = EnvironmentKey<Shop, Bool>("isOpen")
        static let peers = EnvironmentKey<Shop, [String]>("peers")
        static let patience = EnvironmentKey<Shop, Duration>("patience")
        static let letter = EnvironmentKey<Shop, Character>("letter")
        static let changes = EnvironmentKey<Shop, Seen>("changes")

        static var environment: [EnvironmentSetting] { [EnvironmentSetting(port, 80), EnvironmentSetting(host, "::")] }

        func start() -> Supervisor { Supervisor("shop", .oneForOne) {} }
        func configurationChanged(_ change: ConfigurationChange) {
            Self.changes.value?.changes.withLock { $0.append(change) }
        }
    }

    @ConfiguredSettingBuilder private func configured() -> [ConfiguredSetting] {
        ConfiguredSetting(Shop.port, at: "http.port")
        ConfiguredSetting(Shop.host)
        ConfiguredSetting(Shop.ratio)
        ConfiguredSetting(Shop.isOpen)
        ConfiguredSetting(Shop.peers)
        ConfiguredSetting(Shop.patience)
        ConfiguredSetting(Shop.letter) { $0.count == 1 ? $0.first : nil }
    }

    private func reader(_ values: [AbsoluteConfigKey: ConfigValue]) -> ConfigReader {
        ConfigReader(provider: InMemoryProvider(values: values))
    }

    @Suite struct ConfigurationTests {
        @Test func `what the configuration says comes before what an application declares, and nothing else does`()
            throws
        {
            let settings = reader([
                "http.port": 8080, "ratio": 0.5, "isOpen": true,
                "peers": .init(.stringArray(["a", "b"]), isSecret: false),
                "patience": 1.5, "letter": "xy",
            ]).settings(configured)
            try VirtualNode().run { me in
                await me.node.applications.changeConfiguration(settings)
                #expect(Shop.port.value == nil)
                try await me.node.applications.start(Shop.self)
                #expect(Shop.port.value == 8080)
                #expect(Shop.host.value == "::")
                #expect(Shop.ratio.value == 0.5)
                #expect(Shop.isOpen.value == true)
                #expect(Shop.peers.value == ["a", "b"])
                #expect(Shop.patience.value == .milliseconds(1500))
                #expect(Shop.letter.value == nil)
            }
        }

        @Test func `a running application is told of what is different when the configuration is read again`() throws {
            let seen = Seen()
            try VirtualNode().run { me in
                let applications = me.node.applications
                Shop.changes.put(seen, isPersistent: true)
                await applications.changeConfiguration(reader(["http.port": 1]).settings(configured))
                try await applications.start(Shop.self)
                await applications.changeConfiguration(reader(["http.port": 1, "letter": "x"]).settings(configured))
                await applications.changeConfiguration(reader(["http.port": 2, "letter": "x"]).settings(configured))
                await applications.changeConfiguration(reader(["http.port": 2, "letter": "x"]).settings(configured))
            }
            #expect(seen.changes.withLock { $0 } == [ConfigurationChange(added: ["letter"]), .init(changed: ["port"])])
        }
    }
#endif
