-module(bench_call).
-export([one/1, pairs/1]).

%% One caller, one server, the default timeout of five seconds.
one(Count) ->
    {ok, Server} = counter:start(),
    {Time, Count} = bench_time:nanoseconds(fun() -> calls(Server, 0, Count) end),
    ok = gen_server:stop(Server),
    {Count, Time}.

pairs(Count) ->
    Each = Count div 64,
    Servers = list_to_tuple([begin {ok, Pid} = counter:start(), Pid end || _ <- lists:seq(1, 64)]),
    {Time, ok} = bench_time:nanoseconds(fun() ->
        bench_time:together(64, fun(Index) -> Each = calls(element(Index, Servers), 0, Each) end)
    end),
    [ok = gen_server:stop(Pid) || Pid <- tuple_to_list(Servers)],
    {Each * 64, Time}.

%% The server counts its calls, so every answer is known beforehand.
calls(_Server, Count, Count) -> Count;
calls(Server, Done, Count) ->
    Done = counter:value(Server),
    calls(Server, Done + 1, Count).
