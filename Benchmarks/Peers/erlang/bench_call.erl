-module(bench_call).
-export([rows/0]).

rows() ->
    #{call => fun one/1,
      fan8 => fun(Count) -> fan_in(8, Count) end,
      fan64 => fun(Count) -> fan_in(64, Count) end,
      fan1000 => fun(Count) -> fan_in(1000, Count) end,
      pairs4 => fun(Count) -> pairs(4, Count) end,
      pairs => fun(Count) -> pairs(64, Count) end,
      pairs1000 => fun(Count) -> pairs(1000, Count) end}.

%% One caller, one server, the default timeout of five seconds.
one(Count) ->
    {ok, Server} = counter:start(),
    {Time, Count} = bench_time:nanoseconds(fun() -> calls(Server, 0, Count) end),
    ok = gen_server:stop(Server),
    {Count, Time}.

%% Many callers of one server.
fan_in(Callers, Count) ->
    Each = Count div Callers,
    {ok, Server} = counter:start(),
    {Time, ok} = bench_time:nanoseconds(fun() ->
        bench_time:together(Callers, fun(_) -> rising_calls(Server, -1, Each) end)
    end),
    Total = Each * Callers,
    Total = counter:value(Server),
    ok = gen_server:stop(Server),
    {Total, Time}.

%% A server for each caller.
pairs(Pairs, Count) ->
    Each = Count div Pairs,
    Servers = list_to_tuple([begin {ok, Pid} = counter:start(), Pid end || _ <- lists:seq(1, Pairs)]),
    {Time, ok} = bench_time:nanoseconds(fun() ->
        bench_time:together(Pairs, fun(Index) -> Each = calls(element(Index, Servers), 0, Each) end)
    end),
    [ok = gen_server:stop(Pid) || Pid <- tuple_to_list(Servers)],
    {Each * Pairs, Time}.

%% The server counts its calls, so every answer is known beforehand.
calls(_Server, Count, Count) -> Count;
calls(Server, Done, Count) ->
    Done = counter:value(Server),
    calls(Server, Done + 1, Count).

rising_calls(_Server, _Last, 0) -> ok;
rising_calls(Server, Last, Left) ->
    Value = counter:value(Server),
    true = Value > Last,
    rising_calls(Server, Value, Left - 1).
