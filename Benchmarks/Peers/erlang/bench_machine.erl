-module(bench_machine).
-export([rows/0]).

rows() ->
    #{toggle => fun(Count) -> toggles(false, Count) end,
      'toggle-timeout' => fun(Count) -> toggles(true, Count) end,
      'toggle-postpone' => fun postponing/1}.

toggles(IsRearming, Count) ->
    {ok, Door} = door:start(IsRearming),
    {Time, ok} = bench_time:nanoseconds(fun() -> toggle_loop(Door, 1, Count) end),
    ok = gen_statem:stop(Door),
    {Count, Time}.

toggle_loop(_Door, Next, Count) when Next > Count -> ok;
toggle_loop(Door, Next, Count) ->
    Next = door:toggle(Door),
    toggle_loop(Door, Next + 1, Count).

%% A cycle: somebody comes who has to wait, it opens, it closes. Until all cycles are over.
postponing(Count) ->
    {ok, Machine} = shop_counter:start(),
    {Time, Count} = bench_time:nanoseconds(fun() ->
        cycles(Machine, Count),
        gen_statem:call(Machine, served, infinity)
    end),
    ok = gen_statem:stop(Machine),
    {Count, Time}.

cycles(_Machine, 0) -> ok;
cycles(Machine, Count) ->
    gen_statem:cast(Machine, customer),
    gen_statem:cast(Machine, open),
    gen_statem:cast(Machine, close),
    cycles(Machine, Count - 1).
