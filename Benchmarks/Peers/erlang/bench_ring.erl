-module(bench_ring).
-export([run/1]).

-define(SIZE, 1000).

%% One token goes round a thousand plain processes.
run(Hops) ->
    Main = self(),
    First = spawn_link(fun() -> receive {next, Next} -> node_loop(Next, Main, 0) end end),
    Last = lists:foldl(
        fun(_, Next) -> spawn_link(fun() -> node_loop(Next, Main, 0) end) end,
        First, lists:seq(2, ?SIZE)),
    First ! {next, Last},
    {Time, ok} = bench_time:nanoseconds(fun() ->
        First ! {token, Hops},
        receive done -> ok end
    end),
    First ! {stop, 0, ?SIZE},
    receive {seen, Hops} -> ok end,
    {Hops, Time}.

node_loop(Next, Main, Seen) ->
    receive
        {token, 1} ->
            Main ! done,
            node_loop(Next, Main, Seen + 1);
        {token, Hops} ->
            Next ! {token, Hops - 1},
            node_loop(Next, Main, Seen + 1);
        {stop, Sum, 1} ->
            Main ! {seen, Sum + Seen};
        {stop, Sum, Left} ->
            Next ! {stop, Sum + Seen, Left - 1}
    end.
