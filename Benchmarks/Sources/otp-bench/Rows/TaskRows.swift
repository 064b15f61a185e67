import OTP

let taskWorks: [String: Work] = [
    "task": { count in
        try await inTimedProcess(count) {
            for index in 0..<count { try check(try await ProcessTask.async { index }.value(), index) }
        }
    },
    "await-many": { count in
        let groups = count / 100
        return try await inTimedProcess(groups * 100) {
            for _ in 0..<groups {
                let tasks = (0..<100).map { index in ProcessTask.async { index } }
                try check(try await ProcessTask.awaitMany(tasks).reduce(0, +), 4_950)
            }
        }
    },
    "stream": { count in
        try await inTimedProcess(count) {
            var expected = 0
            for try await item in ProcessTask.asyncStream(0..<count, body: { $0 }) {
                try check(try item.get(), expected)
                expected += 1
            }
            try check(expected, count)
        }
    },
    "agent-get": { count in
        let agent = try await Agent<Int>.start { 7 }
        let timing = try await inTimedProcess(count) {
            for _ in 0..<count { try check(try await agent.get { $0 }, 7) }
        }
        try await agent.stop()
        return timing
    },
    "agent-update": { count in
        let agent = try await Agent<Int>.start { 0 }
        let timing = try await inTimedProcess(count) {
            for _ in 0..<count { try await agent.update { $0 += 1 } }
        }
        try check(try await agent.get(), count)
        try await agent.stop()
        return timing
    },
]
