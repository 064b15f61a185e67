/// Children that need nothing of each other. If a child fails to start again, only that child is tried again.
enum OneForOne: RestartStrategy {
    static func scope(of failed: Int, in children: ChildList) -> RestartScope { .only(failed) }
}
