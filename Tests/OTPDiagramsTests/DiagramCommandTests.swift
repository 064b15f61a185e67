import Foundation
import OTP
import Testing

@testable import OTPDiagrams

@Suite struct DiagramCommandTests {
    /// A page in a folder of its own, what the command said, and how it ended.
    private static func run(
        _ page: String, _ machines: [MachineDiagram], _ arguments: (String) -> [String]
    ) throws -> (page: String, said: [String], code: Int32, files: [String]) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("page.md")
        try page.write(to: file, atomically: true, encoding: .utf8)
        var said: [String] = []
        let code = DiagramCommand.run(machines, arguments(file.path)) {
            said.append($0.replacingOccurrences(of: folder.path + "/", with: ""))
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return (try String(contentsOf: file, encoding: .utf8), said, code, files.sorted())
    }

    private static let stale = """
        # Lights

        <!-- diagram of Light -->
        an old one
        <!-- end of diagram -->

        text

        """

    @Test("a page gets the diagram between its marks and keeps everything else; done again nothing changes")
    func writes() throws {
        let (page, said, code, _) = try Self.run(Self.stale, [.of(Light.self)]) { [$0] }
        #expect(code == 0 && said == ["wrote page.md"])
        #expect(
            page == """
                # Lights

                <!-- diagram of Light -->
                ```mermaid
                stateDiagram-v2
                    [*] --> off
                    off --> on : toggle
                    on --> off : ⏱ fade
                ```
                <!-- end of diagram -->

                text

                """)
        let again = try Self.run(page, [.of(Light.self)]) { [$0] }
        #expect(again.page == page && again.said.isEmpty)
    }

    @Test("the check finds a stale diagram, a machine without one and a graph with a problem, and writes nothing")
    func check() throws {
        let (page, said, code, _) = try Self.run(Self.stale, [.of(Light.self), .of(Stuck.self)]) { ["--check", $0] }
        #expect(page == Self.stale && code == 1)
        #expect(
            said == [
                "page.md: a diagram is stale", "Stuck: no page shows its diagram",
                "Stuck: on is not final, and has no way out and no timeout",
            ])
        let fresh = try Self.run(Self.stale, [.of(Light.self)]) { [$0] }.page
        let ok = try Self.run(fresh, [.of(Light.self)]) { ["--check", $0] }
        #expect(ok.code == 0 && ok.said == ["check-diagrams: ok, 1 machines on 1 pages"])
    }

    @Test("a page that names no machine of the package, a mark without an end, a missing page: told, nothing written")
    func wrongPages() throws {
        let unknown = try Self.run("<!-- diagram of Lamp -->\n<!-- end of diagram -->", [.of(Light.self)]) { [$0] }
        #expect(unknown.code == 1 && unknown.said == ["page.md: no machine is called Lamp"])
        let open = try Self.run("<!-- diagram of Light -->\n", [.of(Light.self)]) { ["--check", $0] }
        #expect(open.code == 1 && open.said == ["page.md: the diagram of Light has no end: <!-- end of diagram -->"])
        #expect(try Self.run("", [.of(Light.self)]) { [$0 + ".not"] }.code == 1)
        #expect(try Self.run("", []) { _ in [] }.code == 2)
    }

    @Test("a file for Graphviz for each machine")
    func dot() throws {
        let (_, said, code, files) = try Self.run("", [.of(Light.self), .of(Stuck.self)]) {
            ["--dot", String($0.dropLast("/page.md".count))]
        }
        #expect(code == 0 && said == ["wrote Light.dot", "wrote Stuck.dot"])
        #expect(files == ["Light.dot", "Stuck.dot", "page.md"])
    }
}

private struct Light: GenStateMachine {
    enum State: Sendable { case off, on }
    static let graph: StateGraph<Light> = [
        .off: ["toggle": .on], .on: [.stateTimeout("fade"): .off],
    ]
    let initialState = State.off
    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition { .keep }
}

private struct Stuck: GenStateMachine {
    enum State: Sendable { case off, on }
    static let graph: StateGraph<Stuck> = [.off: ["toggle": .on], .on: [:]]
    let initialState = State.off
    func handleEvent(_ event: StateEvent, in state: State, _ me: Me) -> Transition { .keep }
}
