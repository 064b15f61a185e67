-module(bench_name).
-export([rows/0]).

-define(READERS, 4).
-define(NAMES, 10000).
-define(OWN, 250).

rows() ->
    #{lookup => fun lookups/1,
      name => fun names/1,
      via => fun via/1,
      register => fun registers/1,
      dispatch => fun dispatches/1,
      'pg-join' => fun joins/1,
      'pg-members' => fun members/1}.

%% Four processes look ten thousand registered names up.
lookups(Count) ->
    Names = list_to_tuple([name(Index) || Index <- lists:seq(1, ?NAMES)]),
    Pids = list_to_tuple([begin
        Pid = spawn(fun() -> receive stop -> ok end end),
        register(Name, Pid),
        Pid
    end || Name <- tuple_to_list(Names)]),
    Each = Count div ?READERS,
    {Time, ok} = bench_time:nanoseconds(fun() ->
        bench_time:together(?READERS, fun(Reader) -> lookup_loop(Names, Pids, Reader * 2500, Each) end)
    end),
    [bench_time:kill(Pid) || Pid <- tuple_to_list(Pids)],
    {Each * ?READERS, Time}.

lookup_loop(_Names, _Pids, _Position, 0) -> ok;
lookup_loop(Names, Pids, Position, Count) ->
    Index = Position rem ?NAMES + 1,
    Pid = whereis(element(Index, Names)),
    Pid = element(Index, Pids),
    lookup_loop(Names, Pids, Position + 7919, Count - 1).

name(Index) -> list_to_atom("name_" ++ integer_to_list(Index)).

%% Four callers, each with 250 servers of its own that it calls by name, in turn.
names(Count) ->
    Names = [name(Index) || Index <- lists:seq(1, ?READERS * ?OWN)],
    Servers = [begin {ok, Pid} = counter:start(), register(Name, Pid), Pid end || Name <- Names],
    Result = time_calls(Count, list_to_tuple(Names)),
    [ok = gen_server:stop(Server) || Server <- Servers],
    Result.

via(Count) ->
    Keys = keys:start(set),
    Names = [{via, keys, {Keys, Index}} || Index <- lists:seq(1, ?READERS * ?OWN)],
    Servers = [begin {ok, Pid} = gen_server:start(Name, counter, none, []), Pid end || Name <- Names],
    Result = time_calls(Count, list_to_tuple(Names)),
    [ok = gen_server:stop(Server) || Server <- Servers],
    keys:stop(Keys),
    Result.

time_calls(Count, Names) ->
    Turns = Count div ?READERS div ?OWN,
    {Time, ok} = bench_time:nanoseconds(fun() ->
        bench_time:together(?READERS, fun(Caller) ->
            [[Turn = counter:value(element((Caller - 1) * ?OWN + Index, Names)) || Index <- lists:seq(1, ?OWN)]
             || Turn <- lists:seq(0, Turns - 1)]
        end)
    end),
    {Turns * ?OWN * ?READERS, Time}.

registers(Count) ->
    Keys = keys:start(set),
    {Time, ok} = bench_time:nanoseconds(fun() -> register_loop(Keys, Count) end),
    [] = keys:lookup(Keys, 1),
    keys:stop(Keys),
    {Count, Time}.

register_loop(_Keys, 0) -> ok;
register_loop(Keys, Count) ->
    true = keys:add(Keys, Count),
    true = keys:remove(Keys, Count),
    register_loop(Keys, Count - 1).

%% To a thousand subscribers; until all of them have handled everything.
dispatches(Deliveries) ->
    Keys = keys:start(bag),
    Main = self(),
    Subscribers = [spawn(fun() -> keys:add(Keys, news), Main ! {in, self()}, subscriber(0) end)
                   || _ <- lists:seq(1, 1000)],
    [receive {in, Pid} -> ok end || Pid <- Subscribers],
    Events = Deliveries div 1000,
    {Time, ok} = bench_time:nanoseconds(fun() ->
        [[Pid ! news || {_, Pid, _} <- keys:lookup(Keys, news)] || _ <- lists:seq(1, Events)],
        [Pid ! {stop, Main} || Pid <- Subscribers],
        [receive {seen, Pid, Events} -> ok end || Pid <- Subscribers],
        ok
    end),
    keys:stop(Keys),
    {Events * 1000, Time}.

subscriber(Seen) ->
    receive
        news -> subscriber(Seen + 1);
        {stop, Main} -> Main ! {seen, self(), Seen}
    end.

joins(Count) ->
    {ok, Scope} = pg:start(bench_groups),
    {Time, ok} = bench_time:nanoseconds(fun() -> join_loop(Count) end),
    [] = pg:get_members(bench_groups, room),
    bench_time:kill(Scope),
    {Count, Time}.

join_loop(0) -> ok;
join_loop(Count) ->
    ok = pg:join(bench_groups, room, self()),
    ok = pg:leave(bench_groups, room, self()),
    join_loop(Count - 1).

%% The members of a group of a thousand.
members(Count) ->
    {ok, Scope} = pg:start(bench_groups),
    Servers = [begin {ok, Pid} = counter:start(), Pid end || _ <- lists:seq(1, 1000)],
    ok = pg:join(bench_groups, room, Servers),
    {Time, ok} = bench_time:nanoseconds(fun() -> member_loop(Count) end),
    bench_time:kill(Scope),
    [ok = gen_server:stop(Server) || Server <- Servers],
    {Count, Time}.

member_loop(0) -> ok;
member_loop(Count) ->
    1000 = length(pg:get_members(bench_groups, room)),
    member_loop(Count - 1).
