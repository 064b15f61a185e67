public import Foundation

/// Erlang's side: compiled at run time into a folder of its own, with the flags that `erl` has by default.
public enum ErlangPeer {
    /// - Returns: `nil`, with the reason said to `skip`, when there is no Erlang here or it does not compile.
    public static func contestant(sources: URL, into folder: URL, skip: (String) -> Void) -> Contestant? {
        guard let erl = Executable.find("erl"), let erlc = Executable.find("erlc") else {
            skip("erlang: no `erl` and `erlc` in the path, left out")
            return nil
        }
        do {
            let files = try FileManager.default.contentsOfDirectory(atPath: sources.path)
                .filter { $0.hasSuffix(".erl") }.sorted().map { sources.appendingPathComponent($0).path }
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Executable.run(erlc, ["-o", folder.path] + files)
            let launch = PeerProcess.Launch(erl, ["-noshell", "-pa", folder.path, "-s", "bench", "main"])
            return try Contestant("erlang", .peer, launch)
        } catch {
            skip("erlang: \(error), left out")
            return nil
        }
    }
}
