-module(bench_start).
-behaviour(supervisor).
-export([rows/0, hold/1, release/1, init/1]).

rows() ->
    #{start => fun(Count) -> start_stop(1, Count) end,
      start4 => fun(Count) -> start_stop(4, Count) end,
      spawn => fun(Count) -> spawn_end(1, Count) end,
      spawn4 => fun(Count) -> spawn_end(4, Count) end,
      child => fun child/1}.

start_stop(Starters, Count) ->
    Each = Count div Starters,
    Before = erlang:system_info(process_count),
    {Time, ok} = bench_time:nanoseconds(fun() ->
        bench_time:together(Starters, fun(_) -> start_stop_loop(Each) end)
    end),
    %% A process that is known to have ended may be counted for a moment more.
    wait_until(fun() -> erlang:system_info(process_count) =< Before end),
    {Each * Starters, Time}.

start_stop_loop(0) -> ok;
start_stop_loop(Count) ->
    {ok, Server} = counter:start(),
    ok = gen_server:stop(Server),
    start_stop_loop(Count - 1).

%% Processes that end at once; until the last of them has run.
spawn_end(Spawners, Count) ->
    Each = Count div Spawners,
    Total = Each * Spawners,
    Ran = counters:new(1, [write_concurrency]),
    {Time, ok} = bench_time:nanoseconds(fun() ->
        bench_time:together(Spawners, fun(_) -> spawn_loop(Each, Ran) end),
        wait_until(fun() -> counters:get(Ran, 1) =:= Total end)
    end),
    {Total, Time}.

spawn_loop(0, _Ran) -> ok;
spawn_loop(Count, Ran) ->
    spawn(fun() -> counters:add(Ran, 1, 1) end),
    spawn_loop(Count - 1, Ran).

wait_until(Done) ->
    case Done() of
        true -> ok;
        false -> erlang:yield(), wait_until(Done)
    end.

child(Count) ->
    {ok, Supervisor} = supervisor:start_link(?MODULE, none),
    {Time, ok} = bench_time:nanoseconds(fun() -> child_loop(Supervisor, Count) end),
    0 = proplists:get_value(active, supervisor:count_children(Supervisor)),
    unlink(Supervisor),
    ok = gen_server:stop(Supervisor),
    {Count, Time}.

child_loop(_Supervisor, 0) -> ok;
child_loop(Supervisor, Count) ->
    {ok, Child} = supervisor:start_child(Supervisor, []),
    ok = supervisor:terminate_child(Supervisor, Child),
    child_loop(Supervisor, Count - 1).

init(none) ->
    {ok, {#{strategy => simple_one_for_one}, [#{id => counter, start => {counter, start_link, []}}]}}.

%% Idle servers that have each had one message.
hold(Count) ->
    Servers = [begin {ok, Server} = counter:start(), Server end || _ <- lists:seq(1, Count)],
    [0 = counter:value(Server) || Server <- Servers],
    Servers.

release(Servers) ->
    [ok = gen_server:stop(Server) || Server <- Servers],
    ok.
