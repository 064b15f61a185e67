#if Configuration
    public import Configuration
    public import OTP

    extension ConfigReader {
        /// What the configuration says of settings of applications.
        ///
        /// ```swift
        /// let config = ConfigReader(provider: EnvironmentVariablesProvider())
        /// let settings = config.settings {
        ///     ConfiguredSetting(ShopApplication.port)                     // "port"
        ///     ConfiguredSetting(ShopApplication.host, at: "http.host")
        /// }
        /// await Node.current.applications.changeConfiguration(settings)
        /// try await ShopApplication.runAsMain()
        /// ```
        ///
        /// What it does not say keeps what the application declares. Read again and handed over again, running
        /// applications are told of what is different.
        /// - Parameter list: The settings that may be configured.
        public func settings(@ConfiguredSettingBuilder _ list: () -> [ConfiguredSetting]) -> [EnvironmentSetting] {
            list().compactMap { $0.read(self) }
        }
    }

    /// A setting of an application, and where the configuration has it.
    public struct ConfiguredSetting: Sendable {
        let read: @Sendable (ConfigReader) -> EnvironmentSetting?

        private init<Application, Value>(
            _ key: EnvironmentKey<Application, Value>, _ place: ConfigKey?,
            _ read: @escaping @Sendable (ConfigReader, ConfigKey) -> Value?
        ) {
            let place = place ?? ConfigKey(key.name)
            self.read = { reader in read(reader, place).map { EnvironmentSetting(key, $0) } }
        }

        /// A text.
        ///
        /// - Parameters:
        ///   - key: The setting.
        ///   - place: Where the configuration has it; if left out, the name of the setting.
        ///   - isSecret: Whether the reader is to keep it out of its logs.
        public init<Application>(
            _ key: EnvironmentKey<Application, String>, at place: ConfigKey? = nil, isSecret: Bool = false
        ) {
            self.init(key, place) { $0.string(forKey: $1, isSecret: isSecret) }
        }

        /// A whole number.
        public init<Application>(_ key: EnvironmentKey<Application, Int>, at place: ConfigKey? = nil) {
            self.init(key, place) { $0.int(forKey: $1) }
        }

        /// A number.
        public init<Application>(_ key: EnvironmentKey<Application, Double>, at place: ConfigKey? = nil) {
            self.init(key, place) { $0.double(forKey: $1) }
        }

        /// Yes or no.
        public init<Application>(_ key: EnvironmentKey<Application, Bool>, at place: ConfigKey? = nil) {
            self.init(key, place) { $0.bool(forKey: $1) }
        }

        /// Several texts.
        public init<Application>(_ key: EnvironmentKey<Application, [String]>, at place: ConfigKey? = nil) {
            self.init(key, place) { $0.stringArray(forKey: $1) }
        }

        /// A length of time, in seconds.
        public init<Application>(_ key: EnvironmentKey<Application, Duration>, at place: ConfigKey? = nil) {
            self.init(key, place) { $0.double(forKey: $1).map { .seconds($0) } }
        }

        /// A value of any type that is written as text; what `make` does not understand counts as not said.
        public init<Application, Value>(
            _ key: EnvironmentKey<Application, Value>, at place: ConfigKey? = nil, isSecret: Bool = false,
            make: @escaping @Sendable (String) -> Value?
        ) {
            self.init(key, place) { $0.string(forKey: $1, isSecret: isSecret).flatMap(make) }
        }
    }

    /// Collects the settings that may be configured: one to a line.
    @resultBuilder public enum ConfiguredSettingBuilder {
        public static func buildExpression(_ setting: ConfiguredSetting) -> [ConfiguredSetting] { [setting] }
        public static func buildBlock(_ parts: [ConfiguredSetting]...) -> [ConfiguredSetting] { parts.flatMap { $0 } }
        public static func buildArray(_ parts: [[ConfiguredSetting]]) -> [ConfiguredSetting] { parts.flatMap { $0 } }
        public static func buildOptional(_ part: [ConfiguredSetting]?) -> [ConfiguredSetting] { part ?? [] }
        public static func buildEither(first: [ConfiguredSetting]) -> [ConfiguredSetting] { first }
        public static func buildEither(second: [ConfiguredSetting]) -> [ConfiguredSetting] { second }
    }
#endif
