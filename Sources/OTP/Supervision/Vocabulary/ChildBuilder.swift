/// Collects the children of a ``Supervisor``: one to a line, with `if`, `switch` and `for` where they help.
@resultBuilder public enum ChildBuilder {
    public static func buildExpression(_ child: some Supervisable) -> [ChildSpec] { [child.childSpec] }
    public static func buildBlock(_ parts: [ChildSpec]...) -> [ChildSpec] { parts.flatMap { $0 } }
    public static func buildArray(_ parts: [[ChildSpec]]) -> [ChildSpec] { parts.flatMap { $0 } }
    public static func buildOptional(_ part: [ChildSpec]?) -> [ChildSpec] { part ?? [] }
    public static func buildEither(first: [ChildSpec]) -> [ChildSpec] { first }
    public static func buildEither(second: [ChildSpec]) -> [ChildSpec] { second }
    public static func buildLimitedAvailability(_ part: [ChildSpec]) -> [ChildSpec] { part }
}
