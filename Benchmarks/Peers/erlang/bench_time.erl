%% Timing and starting of workers, shared by the rows.
-module(bench_time).
-export([nanoseconds/1, together/2, kill/1]).

nanoseconds(Work) ->
    Start = erlang:monotonic_time(nanosecond),
    Result = Work(),
    {erlang:monotonic_time(nanosecond) - Start, Result}.

%% Runs Work(Index) in Count processes and waits for all of them; a failing one fails the row.
together(Count, Work) ->
    Workers = [spawn_monitor(fun() -> Work(Index) end) || Index <- lists:seq(1, Count)],
    [receive {'DOWN', Monitor, process, Pid, Reason} -> normal = Reason end || {Pid, Monitor} <- Workers],
    ok.

%% Ends a process and waits for its end.
kill(Pid) ->
    Monitor = monitor(process, Pid),
    exit(Pid, kill),
    receive {'DOWN', Monitor, process, Pid, _} -> ok end.
