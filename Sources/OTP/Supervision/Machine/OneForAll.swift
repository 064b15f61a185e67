/// Children that are of no use without each other. If one of them fails to start again, those started before it in the
/// same attempt are stopped, and all are tried again.
enum OneForAll: RestartStrategy {
    static func scope(of failed: Int, in children: ChildList) -> RestartScope { .from(children.first ?? failed) }
}
