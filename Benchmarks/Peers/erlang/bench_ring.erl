-module(bench_ring).
-export([rows/0]).

-define(SIZE, 1000).

rows() ->
    #{ring => fun(Hops) -> run(1, Hops) end,
      ring100 => fun(Hops) -> run(100, Hops) end}.

%% Tokens go round a thousand plain processes.
run(Tokens, Total) ->
    Hops = Total div Tokens,
    Main = self(),
    First = spawn_link(fun() -> receive {next, Next} -> node_loop(Next, Main, 0) end end),
    All = [Last | _] = lists:foldl(
        fun(_, [Next | _] = Ring) -> [spawn_link(fun() -> node_loop(Next, Main, 0) end) | Ring] end,
        [First], lists:seq(2, ?SIZE)),
    First ! {next, Last},
    {Time, ok} = bench_time:nanoseconds(fun() ->
        Ring = list_to_tuple(All),
        [element(Token * (?SIZE div Tokens), Ring) ! {token, Hops} || Token <- lists:seq(1, Tokens)],
        [receive done -> ok end || _ <- lists:seq(1, Tokens)],
        ok
    end),
    First ! {stop, 0, ?SIZE},
    Seen = Hops * Tokens,
    receive {seen, Seen} -> ok end,
    {Seen, Time}.

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
