-module(bench_cast).
-export([rows/0]).

rows() ->
    #{cast => fun(Count) -> casts(1, 1, Count) end,
      cast8 => fun(Count) -> casts(8, 1, Count) end,
      cast88 => fun(Count) -> casts(8, 8, Count) end}.

%% Until the servers have handled them all; with as many servers as senders each has its own.
casts(Senders, Receivers, Count) ->
    Each = Count div Senders,
    Total = Each * Senders,
    Servers = list_to_tuple([begin {ok, Pid} = counter:start(), Pid end || _ <- lists:seq(1, Receivers)]),
    {Time, Total} = bench_time:nanoseconds(fun() ->
        bench_time:together(Senders, fun(Index) -> send(element(Index rem Receivers + 1, Servers), Each) end),
        lists:sum([gen_server:call(Server, value, infinity) || Server <- tuple_to_list(Servers)])
    end),
    [ok = gen_server:stop(Server) || Server <- tuple_to_list(Servers)],
    {Total, Time}.

send(_Server, 0) -> ok;
send(Server, Count) ->
    counter:increment(Server),
    send(Server, Count - 1).
