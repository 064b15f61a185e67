%% Erlang has no tasks: a monitored process whose exit reason is the result is how it is done by hand.
-module(bench_task).
-export([rows/0]).

rows() ->
    #{task => fun tasks/1,
      'await-many' => fun groups/1}.

async(Work) -> spawn_monitor(fun() -> exit({result, Work()}) end).

await({Pid, Monitor}) ->
    receive {'DOWN', Monitor, process, Pid, {result, Result}} -> Result end.

tasks(Count) ->
    {Time, ok} = bench_time:nanoseconds(fun() -> task_loop(Count) end),
    {Count, Time}.

task_loop(0) -> ok;
task_loop(Count) ->
    Count = await(async(fun() -> Count end)),
    task_loop(Count - 1).

groups(Count) ->
    Groups = Count div 100,
    {Time, _} = bench_time:nanoseconds(fun() ->
        [begin
             Tasks = [async(fun() -> Index end) || Index <- lists:seq(0, 99)],
             4950 = lists:sum([await(Task) || Task <- Tasks])
         end || _ <- lists:seq(1, Groups)]
    end),
    {Groups * 100, Time}.
