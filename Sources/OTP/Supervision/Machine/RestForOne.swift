/// Children that need those before them. If a later child fails to start again, it and those after it are tried again,
/// and the earlier ones, already running, are left alone.
enum RestForOne: RestartStrategy {
    static func scope(of failed: Int, in children: ChildList) -> RestartScope { .from(failed) }
}
