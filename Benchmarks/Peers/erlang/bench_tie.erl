-module(bench_tie).
-export([rows/0]).

rows() ->
    #{monitor => fun(Count) -> with_other(Count, fun monitors/2) end,
      link => fun(Count) -> with_other(Count, fun links/2) end,
      'links-death' => fun(Links) -> links_death(fun linked_process/0, Links) end,
      'links-death-servers' => fun(Links) -> links_death(fun linked_server/0, Links) end}.

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
links_death(Linked, Links) ->
    Main = self(),
    Hub = spawn(fun() ->
        Main ! {pids, [Linked() || _ <- lists:seq(1, Links)]},
        receive stop -> ok end
    end),
    Pids = receive {pids, All} -> All end,
    [monitor(process, Pid) || Pid <- Pids],
    %% Until all are waiting, and know that they are monitored.
    timer:sleep(50),
    {Time, Dead} = bench_time:nanoseconds(fun() ->
        exit(Hub, kill),
        [receive {'DOWN', _, process, Pid, _} -> Pid end || _ <- Pids]
    end),
    true = lists:sort(Dead) =:= lists:sort(Pids),
    {1, Time}.

linked_process() -> spawn_link(fun() -> receive stop -> ok end end).

linked_server() ->
    {ok, Pid} = counter:start_link(),
    Pid.
