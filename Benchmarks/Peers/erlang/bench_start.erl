-module(bench_start).
-export([start_stop/1, hold/1, release/1]).

start_stop(Count) ->
    Before = erlang:system_info(process_count),
    {Time, ok} = bench_time:nanoseconds(fun() -> start_stop_loop(Count) end),
    Before = erlang:system_info(process_count),
    {Count, Time}.

start_stop_loop(0) -> ok;
start_stop_loop(Count) ->
    {ok, Server} = counter:start(),
    ok = gen_server:stop(Server),
    start_stop_loop(Count - 1).

%% Idle servers that have each had one message.
hold(Count) ->
    Servers = [begin {ok, Server} = counter:start(), Server end || _ <- lists:seq(1, Count)],
    [0 = counter:value(Server) || Server <- Servers],
    Servers.

release(Servers) ->
    [ok = gen_server:stop(Server) || Server <- Servers],
    ok.
