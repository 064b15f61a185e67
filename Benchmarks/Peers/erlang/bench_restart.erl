-module(bench_restart).
-behaviour(supervisor).
-export([rows/0, init/1]).

rows() ->
    #{restart => fun(Count) -> run(Count, 0) end,
      restart10k => fun(Count) -> run(Count, 10000) end}.

%% From the kill of a permanent child to its successor's PID: the median.
run(Count, Before) ->
    process_flag(trap_exit, true),
    {ok, Supervisor} = supervisor:start_link(?MODULE, self()),
    First = receive {up, Pid} -> Pid end,
    Times = lists:sort(lists:nthtail(Before, kills(First, Before + Count))),
    Count = length(Times),
    [{only, Last, worker, _}] = supervisor:which_children(Supervisor),
    true = is_process_alive(Last),
    exit(Supervisor, shutdown),
    receive {'EXIT', Supervisor, shutdown} -> ok end,
    {1, lists:nth(Count div 2 + 1, Times)}.

init(Observer) ->
    {ok, {#{strategy => one_for_one, intensity => 1000000, period => 600},
          [#{id => only, start => {counter, start_link, [Observer]}}]}}.

kills(_Pid, 0) -> [];
kills(Pid, Count) ->
    {Time, Next} = bench_time:nanoseconds(fun() ->
        exit(Pid, kill),
        receive {up, Successor} -> Successor end
    end),
    true = Next =/= Pid,
    [Time | kills(Next, Count - 1)].
