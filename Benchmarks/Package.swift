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
    targets: [
        .target(name: "BenchKit", swiftSettings: settings),
        .testTarget(name: "BenchKitTests", dependencies: ["BenchKit"], swiftSettings: settings),
    ]
)
