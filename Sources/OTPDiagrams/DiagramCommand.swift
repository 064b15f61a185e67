internal import Foundation

/// The main part of a program that writes the diagrams of a package's machines.
///
/// ```swift
/// @main struct Diagrams {
///     static func main() { DiagramCommand.main([.of(Door.self), .of(Payment.self)]) }
/// }
/// ```
///
/// - `diagrams PAGE…` brings the diagrams in these pages up to date: between the lines `<!-- diagram of Door -->` and
///   `<!-- end of diagram -->`, for Mermaid.
/// - `diagrams --check PAGE…` writes nothing, and exits with 1 if a diagram is stale, if a machine stands on no page, or
///   if a graph has a state that no path reaches or without a way out.
/// - `diagrams --dot FOLDER` writes a file for Graphviz for each machine.
public enum DiagramCommand {
    /// Runs the command with the arguments of the program, and ends the program.
    public static func main(_ machines: [MachineDiagram]) -> Never {
        exit(run(machines, Array(CommandLine.arguments.dropFirst())) { print($0) })
    }

    /// - Returns: The exit code.
    static func run(_ machines: [MachineDiagram], _ arguments: [String], say: (String) -> Void) -> Int32 {
        do {
            switch arguments.first {
            case "--dot" where arguments.count == 2:
                for machine in machines {
                    let path = "\(arguments[1])/\(machine.name).dot"
                    try machine.dot.write(toFile: path, atomically: true, encoding: .utf8)
                    say("wrote \(path)")
                }
                return 0
            case "--check" where arguments.count > 1:
                return try check(machines, Array(arguments.dropFirst()), say)
            case let first? where !first.hasPrefix("-"):
                for path in arguments {
                    let (old, page) = try read(path, machines)
                    if page.text == old { continue }
                    try page.text.write(toFile: path, atomically: true, encoding: .utf8)
                    say("wrote \(path)")
                }
                return 0
            default:
                say("usage: diagrams [--check] PAGE…, diagrams --dot FOLDER")
                return 2
            }
        } catch {
            say("\(error)")
            return 1
        }
    }

    private static func check(
        _ machines: [MachineDiagram], _ paths: [String], _ say: (String) -> Void
    ) throws -> Int32 {
        var problems: [String] = []
        var shown: Set<String> = []
        for path in paths {
            let (old, page) = try read(path, machines)
            shown.formUnion(page.names)
            if page.text != old { problems.append("\(path): a diagram is stale") }
        }
        for machine in machines {
            if !shown.contains(machine.name) { problems.append("\(machine.name): no page shows its diagram") }
            problems += machine.problems.map { "\(machine.name): \($0)" }
        }
        for problem in problems { say(problem) }
        if problems.isEmpty { say("check-diagrams: ok, \(machines.count) machines on \(paths.count) pages") }
        return problems.isEmpty ? 0 : 1
    }

    private static func read(_ path: String, _ machines: [MachineDiagram]) throws -> (old: String, page: DiagramPage) {
        let old = try String(contentsOfFile: path, encoding: .utf8)
        do { return (old, try DiagramPage(old, machines)) } catch {
            throw DiagramPage.Problem(description: "\(path): \(error)")
        }
    }
}
