public import Foundation

/// The other sides of the comparison: their programs are built when they are needed, with the flags that favour them.
public enum Peers {
    public static let names = ["erlang", "elixir", "go", "rust"]

    /// - Parameters:
    ///   - name: One of ``names``.
    ///   - sources: The folder with its program.
    ///   - folder: Where to build it; what is there from an earlier run is used.
    /// - Returns: `nil`, with the reason said to `skip`, when its compiler is not here or something fails.
    public static func contestant(
        _ name: String, sources: URL, into folder: URL, skip: (String) -> Void
    ) -> Contestant? {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            switch name {
            case "erlang": return try erlang(sources, folder)
            case "elixir": return try elixir(sources, folder)
            case "go": return try go(sources, folder)
            case "rust": return try rust(sources, folder)
            default: throw PeerProcess.Failure(description: "nobody of this name")
            }
        } catch {
            skip("\(name): \(error), left out")
            return nil
        }
    }

    /// With the flags that `erl` has by default, but room for more processes.
    private static func erlang(_ sources: URL, _ folder: URL) throws -> Contestant {
        let erl = try Executable.require("erl")
        try Executable.run(try Executable.require("erlc"), ["-o", folder.path] + files(".erl", in: sources))
        let arguments = ["-noshell", "+P", "4000000", "-pa", folder.path, "-s", "bench", "main"]
        return try Contestant("erlang", .peer, .init(erl, arguments)) { cores in
            .init(erl, ["+S", "\(cores):\(cores)"] + arguments)
        }
    }

    private static func elixir(_ sources: URL, _ folder: URL) throws -> Contestant {
        let elixir = try Executable.require("elixir")
        try Executable.run(
            try Executable.require("elixirc"),
            ["--ignore-module-conflict", "-o", folder.path] + files(".ex", in: sources))
        return try Contestant(
            "elixir", .peer, .init(elixir, ["--erl", "+P 4000000", "-pa", folder.path, "-e", "Bench.main()"]))
    }

    private static func go(_ sources: URL, _ folder: URL) throws -> Contestant {
        let program = folder.appendingPathComponent("otpbench").path
        try Executable.run(try Executable.require("go"), ["build", "-o", program, "."], in: sources)
        return try Contestant("go", .peer, .init(program, [])) { cores in
            .init(program, [], environment: ["GOMAXPROCS": "\(cores)"])
        }
    }

    /// Tokio comes from where cargo finds it, or from Debian's packages of Rust's libraries if those are installed.
    private static func rust(_ sources: URL, _ folder: URL) throws -> Contestant {
        let cargo = try Executable.require("cargo")
        // A copy, so that the lock file is not written among the sources.
        for part in ["Cargo.toml", "src"] {
            let copy = folder.appendingPathComponent(part)
            try? FileManager.default.removeItem(at: copy)
            try FileManager.default.copyItem(at: sources.appendingPathComponent(part), to: copy)
        }
        var arguments = ["build", "--release", "--quiet"]
        let debian = "/usr/share/cargo/registry"
        if FileManager.default.fileExists(atPath: debian) {
            arguments += [
                "--offline", "--config", "source.crates-io.replace-with=\"debian\"", "--config",
                "source.debian.directory=\"\(debian)\"",
            ]
        }
        try Executable.run(cargo, arguments, in: folder)
        let lock = try String(contentsOf: folder.appendingPathComponent("Cargo.lock"), encoding: .utf8)
        let version =
            lock.split(separator: "name = \"tokio\"\nversion = \"").dropFirst().first?.prefix { $0 != "\"" } ?? ""
        let program = folder.appendingPathComponent("target/release/otpbench").path
        let environment = ["TOKIO_VERSION": String(version)]
        return try Contestant("rust", .peer, .init(program, [], environment: environment)) { cores in
            .init(program, [], environment: environment.merging(["TOKIO_WORKER_THREADS": "\(cores)"]) { $1 })
        }
    }

    private static func files(_ ending: String, in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(ending) }.sorted()
            .map { folder.appendingPathComponent($0).path }
    }
}
