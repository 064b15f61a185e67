import Hummingbird
import ShopCore

/// The part of the door by which a drill holds a payment at one point of its protocol.
struct CheckpointRoutes: Sendable {
    let checkpoints: Checkpoints

    func add(to routes: some RouterMethods<ShopContext>) {
        routes.post("/checkpoints/{point}") { [checkpoints] _, context in
            let name = try context.name("point", "a point")
            guard let point = Checkpoints.Point(rawValue: name) else {
                let all = Checkpoints.Point.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem.notFound("there is no point '\(name)'; there are \(all)")
            }
            checkpoints.hold(point)
            return Response(status: .noContent)
        }
        // Answers when somebody is held.
        routes.get("/checkpoints") { [checkpoints] _, _ in
            guard await checkpoints.waitUntilHeld() else {
                throw Problem.conflict("not_holding", "nobody is to be held, or nobody came")
            }
            return Response(status: .noContent)
        }
        routes.delete("/checkpoints") { [checkpoints] _, _ in
            checkpoints.release()
            return Response(status: .noContent)
        }
    }
}
