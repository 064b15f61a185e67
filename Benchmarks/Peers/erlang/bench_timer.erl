-module(bench_timer).
-export([rows/0]).

rows() ->
    #{timers => fun(Count) -> {Starts, _} = timers(Count), {Count, Starts} end,
      timers1m => fun(Count) -> {Starts, _} = timers(Count), {Count, Starts} end,
      cancel => fun(Count) -> {_, Cancels} = timers(Count), {Count, Cancels} end,
      cancel1m => fun(Count) -> {_, Cancels} = timers(Count), {Count, Cancels} end,
      lateness => fun(Count) -> lateness(Count, 50) end,
      lateness99 => fun(Count) -> lateness(Count, 99) end}.

%% Starts that many timers, none of which fires, and cancels all of them.
timers(Count) ->
    {Starts, Timers} = bench_time:nanoseconds(fun() ->
        [erlang:send_after(60000 + Index rem 1000, self(), Index) || Index <- lists:seq(1, Count)]
    end),
    {Cancels, ok} = bench_time:nanoseconds(fun() -> cancel(Timers) end),
    {Starts, Cancels}.

cancel([]) -> ok;
cancel([Timer | Timers]) ->
    true = is_integer(erlang:cancel_timer(Timer)),
    cancel(Timers).

%% How much later than asked a timer fires; delays of 1 to 100 ms, which is as fine as Erlang's timers are.
lateness(Count, Percent) ->
    Start = erlang:monotonic_time(nanosecond),
    [begin
         Delay = 1 + Index * 99 div Count,
         erlang:send_after(Delay, self(), {due, Start + Delay * 1000000})
     end || Index <- lists:seq(0, Count - 1)],
    Late = [receive {due, Due} -> erlang:monotonic_time(nanosecond) - Due end || _ <- lists:seq(1, Count)],
    {1, lists:nth(Count * Percent div 100 + 1, lists:sort(Late))}.
