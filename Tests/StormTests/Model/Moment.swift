/// What a node of the order stands for.
enum Moment {
    case line(Int)
    /// The effect of an operation.
    case effect(Int)
    /// An observed item leaves its mailbox, or gets there.
    case taking(Int)
    case arriving(Int)
    /// What an operation sends gets there.
    case arrival(Int)
    /// A call's monitor reaches its server.
    case watch(Int)
    /// The first moment after a deadly signal.
    case after(Int)
    case cause(Int)
    /// Its death is declared; its links and monitors may still stand.
    case declared(Int)
    case death(Int)
    /// The end of the first process reaches the second.
    case exit(Int, at: Int)
}

extension Judge {
    func describe(_ node: Node) -> String {
        func deed(_ index: Int) -> String { "\(story.operations[index].actor) \(story.operations[index].act)" }
        func item(_ index: Int) -> String { "\(story.observations[index].actor) \(story.observations[index].act)" }
        return switch moments[node] {
        case .line(let line): "line \(line + 1) (\(story.history.lines[line]))"
        case .effect(let index): "effect of (\(deed(index)))"
        case .taking(let index): "taking of (\(item(index)))"
        case .arriving(let index): "arrival of (\(item(index)))"
        case .arrival(let index): "arrival of (\(deed(index)))"
        case .watch(let index): "watch of (\(deed(index)))"
        case .after(let index): "after (\(deed(index)))"
        case .cause(let process): "cause of the end of \(process)"
        case .declared(let process): "declaration of the death of \(process)"
        case .death(let process): "death of \(process)"
        case .exit(let process, let other): "end of \(process) at \(other)"
        }
    }
}
