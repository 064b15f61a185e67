// swift-tools-version: 6.2
import PackageDescription

/// One list of settings for every target of the package.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let otp = Target.Dependency.product(name: "OTP", package: "swift-otp")
let integrations = Target.Dependency.product(name: "OTPIntegrations", package: "swift-otp")
let testKit = Target.Dependency.product(name: "OTPTestKit", package: "swift-otp")
let diagrams = Target.Dependency.product(name: "OTPDiagrams", package: "swift-otp")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

func nio(_ product: String) -> Target.Dependency { .product(name: product, package: "swift-nio") }

let package = Package(
    name: "swift-otp-examples",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "storefront", targets: ["storefront"]),
        .executable(name: "diagrams", targets: ["diagrams"]),
        .library(name: "Patterns", targets: ["Patterns"]),
    ],
    dependencies: [
        // Named, because the folder of a clone may be called anything.
        .package(name: "swift-otp", path: "..", traits: ["ServiceLifecycle"]),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The shop: what it sells, what it keeps, how it runs.
        .target(name: "ShopCore", swiftSettings: settings),
        .target(name: "ShopStore", dependencies: ["ShopCore", grdb], swiftSettings: settings),
        .target(
            name: "ShopServer",
            dependencies: [
                "ShopCore", "ShopStore", "BankWire", otp, diagrams, integrations, hummingbird, httpTypes, logging,
                lifecycle,
                nio("NIOCore"), nio("NIOPosix"),
            ],
            swiftSettings: settings),

        // The bank, which knows neither OTP nor the shop, and what is said to it.
        .target(name: "BankWire", dependencies: [nio("NIOCore")], swiftSettings: settings),
        .target(
            name: "Bank", dependencies: ["BankWire", grdb, nio("NIOCore"), nio("NIOPosix")], swiftSettings: settings),

        // The drill: none of these imports OTP or the shop.
        .target(name: "DrillLog", swiftSettings: settings),
        .target(name: "DrillPlan", dependencies: ["DrillLog"], swiftSettings: settings),
        .target(
            name: "DrillClient", dependencies: ["DrillLog", nio("NIOCore"), nio("NIOHTTP1"), nio("NIOPosix")],
            swiftSettings: settings),
        .target(name: "DrillJudge", dependencies: ["DrillLog", grdb], swiftSettings: settings),
        .target(name: "DrillReport", dependencies: ["DrillLog", "DrillJudge"], swiftSettings: settings),
        .target(
            name: "Drill",
            dependencies: [
                "BankWire", "DrillLog", "DrillPlan", "DrillClient", "DrillJudge", nio("NIOCore"), nio("NIOPosix"),
            ],
            swiftSettings: settings),

        .executableTarget(
            name: "storefront",
            dependencies: [
                "ShopServer", "Bank", "Drill", "DrillPlan", "DrillJudge", "DrillReport", "DrillLog", arguments, logging,
                unixSignals,
            ],
            swiftSettings: settings),

        // The patterns of the guide, one small file each.
        .target(name: "Patterns", dependencies: [otp], swiftSettings: settings),
        // Writes the diagrams of the patterns' machines and the shop's.
        .executableTarget(
            name: "diagrams", dependencies: ["Patterns", "ShopServer", diagrams], swiftSettings: settings),

        .testTarget(name: "ShopCoreTests", dependencies: ["ShopCore"], swiftSettings: settings),
        .testTarget(name: "ShopStoreTests", dependencies: ["ShopStore", "ShopCore", grdb], swiftSettings: settings),
        .testTarget(
            name: "ShopServerTests",
            dependencies: [
                "ShopServer", "ShopCore", "ShopStore", "DrillClient", "DrillPlan", otp, integrations, testKit, logging,
                hummingbird, lifecycle,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "DrillTests",
            dependencies: ["Drill", "DrillClient", "DrillJudge", "DrillReport", "DrillPlan", "DrillLog", grdb],
            swiftSettings: settings),
        .testTarget(
            name: "CheckoutTests",
            dependencies: [
                "ShopServer", "ShopStore", "ShopCore", "Bank", "BankWire", "Drill", "DrillClient", "DrillJudge",
                "DrillLog",
                "storefront", otp, testKit, logging, grdb, nio("NIOCore"), nio("NIOPosix"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "StorefrontTests", dependencies: ["storefront", "DrillClient", "DrillLog", grdb],
            swiftSettings: settings),
        .testTarget(name: "PatternsTests", dependencies: ["Patterns", otp, testKit], swiftSettings: settings),
    ]
)
