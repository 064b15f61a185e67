-module(bench_event).
-export([rows/0]).

rows() ->
    #{notify => fun(Count) -> notify(1, fun gen_event:notify/2, Count) end,
      notify10 => fun(Count) -> notify(10, fun gen_event:notify/2, Count) end,
      'sync-notify' => fun(Count) -> notify(1, fun gen_event:sync_notify/2, Count) end,
      'sync-notify10' => fun(Count) -> notify(10, fun gen_event:sync_notify/2, Count) end}.

%% Until every handler has handled every event.
notify(Handlers, Notify, Count) ->
    {ok, Manager} = gen_event:start(),
    Ids = [{summing, Index} || Index <- lists:seq(1, Handlers)],
    [ok = gen_event:add_handler(Manager, Id, none) || Id <- Ids],
    {Time, _} = bench_time:nanoseconds(fun() ->
        events(Manager, Notify, 1, Count),
        gen_event:call(Manager, hd(Ids), sum, infinity)
    end),
    Sum = Count * (Count + 1) div 2,
    [Sum = gen_event:call(Manager, Id, sum) || Id <- Ids],
    ok = gen_event:stop(Manager),
    {Count, Time}.

events(_Manager, _Notify, Next, Count) when Next > Count -> ok;
events(Manager, Notify, Next, Count) ->
    ok = Notify(Manager, Next),
    events(Manager, Notify, Next + 1, Count).
