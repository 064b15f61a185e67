import ArgumentParser

@main
struct Storefront: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storefront",
        abstract: "A small shop on a supervision tree, the drill that breaks it, and the judge of the drill.",
        subcommands: [RunCommand.self, BankCommand.self, DrillCommand.self, JudgeCommand.self],
        defaultSubcommand: RunCommand.self)
}
