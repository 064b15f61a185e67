// swift-tools-version: 6.2
import PackageDescription

/// One list of settings for every target of the package.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")

func nio(_ product: String) -> Target.Dependency { .product(name: product, package: "swift-nio") }

let package = Package(
    name: "swift-otp-examples",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        // The shop: what it sells, what it keeps, how it runs.
        .target(name: "ShopCore", swiftSettings: settings),
        .target(name: "ShopStore", dependencies: ["ShopCore", grdb], swiftSettings: settings),

        // The drill: none of these imports OTP or the shop.
        .target(name: "DrillLog", swiftSettings: settings),
        .target(name: "DrillPlan", dependencies: ["DrillLog"], swiftSettings: settings),
        .target(
            name: "DrillClient", dependencies: ["DrillLog", nio("NIOCore"), nio("NIOHTTP1"), nio("NIOPosix")],
            swiftSettings: settings),
        .target(name: "DrillJudge", dependencies: ["DrillLog", grdb], swiftSettings: settings),
        .target(
            name: "Drill", dependencies: ["DrillLog", "DrillPlan", "DrillClient", "DrillJudge"],
            swiftSettings: settings),

        .testTarget(name: "ShopCoreTests", dependencies: ["ShopCore"], swiftSettings: settings),
        .testTarget(name: "ShopStoreTests", dependencies: ["ShopStore", grdb], swiftSettings: settings),
        .testTarget(
            name: "DrillTests", dependencies: ["Drill", "DrillClient", "DrillJudge", "DrillPlan", "DrillLog", grdb],
            swiftSettings: settings),
    ]
)
