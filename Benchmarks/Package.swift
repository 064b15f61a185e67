// swift-tools-version: 6.2
import PackageDescription

/// The settings of the library's own targets.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "otp-benchmarks",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "otp-bench", targets: ["otp-bench"])],
    dependencies: [
        .package(name: "swift-otp", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    ],
    targets: [
        .target(name: "BenchKit", swiftSettings: settings),
        .executableTarget(
            name: "otp-bench",
            dependencies: [
                "BenchKit",
                .product(name: "OTP", package: "swift-otp"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(name: "BenchKitTests", dependencies: ["BenchKit"], swiftSettings: settings),
    ]
)
