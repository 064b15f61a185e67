-module(bench_tie).
-export([rows/0]).

rows() ->
    #{monitor => fun(Count) -> with_other(Count, fun monitors/2) end,
      link => fun(Count) -> with_other(Count, fun links/2) end,
      'links-death' => fun links_death/1}.

%% Ties to another process and loosens them again: neither may outlast the row.
with_other(Count, Work) ->
    Other = spawn(fun() -> receive stop -> ok end end),
    {Time, ok} = bench_time:nanoseconds(fun() -> Work(Other, Count) end),
    exit(Other, kill),
    Monitor = monitor(process, Other),
    receive Message -> {'DOWN', Monitor, process, Other, _} = Message end,
    {Count, Time}.

monitors(_Other, 0) -> ok;
monitors(Other, Count) ->
    Monitor = monitor(process, Other),
    demonitor(Monitor, [flush]),
    monitors(Other, Count - 1).

links(_Other, 0) -> ok;
links(Other, Count) ->
    link(Other),
    unlink(Other),
    links(Other, Count - 1).

%% A process with that many links is killed: until the last of those is known to have died.
links_death(Links) ->
    Main = self(),
    Hub = spawn(fun() ->
        Main ! {pids, [spawn_link(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, Links)]},
        receive stop -> ok end
    end),
    Pids = receive {pids, All} -> All end,
    [monitor(process, Pid) || Pid <- Pids],
    {Time, Dead} = bench_time:nanoseconds(fun() ->
        exit(Hub, kill),
        [receive {'DOWN', _, process, Pid, _} -> Pid end || _ <- Pids]
    end),
    true = lists:sort(Dead) =:= lists:sort(Pids),
    {1, Time}.
