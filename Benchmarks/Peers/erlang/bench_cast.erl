-module(bench_cast).
-export([one/1, eight/1]).

one(Count) -> senders(1, Count).
eight(Count) -> senders(8, Count).

%% Until the server has handled them all.
senders(Number, Count) ->
    Each = Count div Number,
    Total = Each * Number,
    {ok, Server} = counter:start(),
    {Time, Total} = bench_time:nanoseconds(fun() ->
        bench_time:together(Number, fun(_) -> casts(Server, Each) end),
        gen_server:call(Server, value, infinity)
    end),
    ok = gen_server:stop(Server),
    {Total, Time}.

casts(_Server, 0) -> ok;
casts(Server, Count) ->
    counter:increment(Server),
    casts(Server, Count - 1).
