public import OTP

/// my_supervisor: a counter and a cache, each restarted alone, at most five times a minute.
public func mySupervisor() -> Supervisor {
    Supervisor(.oneForOne, restarts: .atMost(5, in: .seconds(60))) {
        Counter.child("counter server", name: .counter, shutdown: .within(.seconds(5))) { Counter() }
        Cache<String, String>.child("cache server", name: .cache, shutdown: .within(.seconds(5))) {
            Cache(limit: 1_000)
        }
    }
}

extension ServerName<Cache<String, String>> { public static var cache: Self { "cache" } }
