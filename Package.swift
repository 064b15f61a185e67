// swift-tools-version: 6.2
import PackageDescription

/// One list of settings for every target of the package.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "swift-otp",
    platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
    products: [
        .library(name: "OTP", targets: ["OTP"]),
        .library(name: "OTPIntegrations", targets: ["OTPIntegrations"]),
        .library(name: "OTPTestKit", targets: ["OTPTestKit"]),
        .library(name: "OTPDiagrams", targets: ["OTPDiagrams"]),
    ],
    traits: [
        .trait(
            name: "ServiceLifecycle",
            description:
                "Supervision trees as services of swift-service-lifecycle, and services as supervised children."),
        .trait(name: "Configuration", description: "Settings of applications from swift-configuration."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
    ],
    targets: [
        .target(name: "COTPRuntime"),
        .target(
            name: "OTP",
            dependencies: ["COTPRuntime", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings),
        .target(
            name: "OTPIntegrations",
            dependencies: [
                "OTP",
                .product(
                    name: "ServiceLifecycle", package: "swift-service-lifecycle",
                    condition: .when(traits: ["ServiceLifecycle"])),
                .product(
                    name: "UnixSignals", package: "swift-service-lifecycle",
                    condition: .when(traits: ["ServiceLifecycle"])),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["ServiceLifecycle"])),
                .product(
                    name: "Configuration", package: "swift-configuration",
                    condition: .when(traits: ["Configuration"])),
            ],
            swiftSettings: settings),
        .target(name: "OTPTestKit", dependencies: ["OTP"], swiftSettings: settings),
        .target(name: "OTPDiagrams", dependencies: ["OTP"], swiftSettings: settings),
        .testTarget(
            name: "OTPTests",
            dependencies: [
                "OTP", "OTPTestKit", .product(name: "Logging", package: "swift-log"),
                .product(name: "InMemoryLogging", package: "swift-log"),
            ],
            resources: [.copy("Behaviors/Machine/Histories")],
            swiftSettings: settings),
        .testTarget(
            name: "StormTests",
            dependencies: ["OTP", "OTPTestKit", .product(name: "Logging", package: "swift-log")],
            resources: [.copy("Histories")],
            swiftSettings: settings),
        .testTarget(name: "OTPDiagramsTests", dependencies: ["OTP", "OTPDiagrams"], swiftSettings: settings),
        // Empty without the trait.
        .testTarget(
            name: "OTPIntegrationsTests",
            dependencies: [
                "OTP", "OTPIntegrations", "OTPTestKit",
                .product(
                    name: "ServiceLifecycle", package: "swift-service-lifecycle",
                    condition: .when(traits: ["ServiceLifecycle"])),
                .product(
                    name: "UnixSignals", package: "swift-service-lifecycle",
                    condition: .when(traits: ["ServiceLifecycle"])),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["ServiceLifecycle"])),
                .product(
                    name: "Configuration", package: "swift-configuration",
                    condition: .when(traits: ["Configuration"])),
            ],
            swiftSettings: settings),
    ]
)
